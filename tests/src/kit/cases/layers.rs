//! The adapter beside other layers, itself among them.

use std::sync::Arc;

use tracer_core::SpanRef;

use crate::kit::{
    Around, Connection, Frame, Framework, Handler, Outcome, Reply, Setup, fed, handler,
};
use crate::{check, check_eq};

/// Tells the current span.
fn told() -> Handler {
    handler(async |_| Reply::Whole {
        status: 200,
        headers: Vec::new(),
        body: SpanRef::current()
            .span_id()
            .map_or_else(String::new, |id| id.to_string())
            .into(),
    })
}

/// Around and in the router, and on what is nested in it: one request is one span.
pub async fn two_layers_round_one_request_make_one_span<F: Framework>(framework: F) -> Outcome {
    for (path, name) in [
        ("/users/7", "GET /users/{id}"),
        ("/nested/users/7", "GET /nested/users/{id}"),
    ] {
        let server = Setup::new()
            .around(Around::Again)
            .route("/users/{id}", told())
            .nested("/users/{id}", told())
            .start(framework)?;
        let (_, current) = server.get(path).await?;
        let span = server.only().await?;
        check_eq!(current, span.context.span_id().to_string(), "{path}");
        check_eq!(span.name, if F::ROUTES { name } else { "GET" }, "{path}");
        check_eq!(span.parent_id(), None, "{path}");
        for tag in ["http.method", "http.path", "http.status_code", "component"] {
            let count = span.tags.iter().filter(|(key, _)| key == tag).count();
            check_eq!(count, 1, "{tag} is written once: {span:?}");
        }
        check_eq!(span.tag("http.path").as_deref(), Some(path), "whole path");
        check_eq!(span.error, None, "{path}");
    }
    Ok(())
}

/// It ends once, and last of all with its body; its errors are told once.
pub async fn two_layers_end_one_span<F: Framework>(framework: F) -> Outcome {
    let (feed, answer) = fed();
    let server = Setup::new()
        .around(Around::Again)
        .route("/x", answer)
        .start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    feed.send(Frame::Data("one"))?;
    let response = connection.send("GET", "/x", &[]).await?;
    check!(server.finished().is_empty(), "open after the headers");
    drop(feed);
    Connection::read(response).await?;
    check_eq!(server.only().await?.tag("cancelled"), None, "complete");
    let failing = handler(async |_| Reply::Error {
        status: 503,
        message: "no stock",
    });
    let panicking = handler(async |_| std::panic::panic_any("out of cheese"));
    let server = Setup::new()
        .around(Around::Again)
        .route("/broken", failing)
        .nested("/panic", panicking)
        .start(framework)?;
    server.get("/broken").await?;
    let _ = server.get("/nested/panic").await;
    let spans = server.spans(2).await?;
    let errors: Vec<_> = spans
        .iter()
        .filter_map(|span| span.error.as_ref()?.1.as_deref())
        .collect();
    check_eq!(errors, ["no stock", "out of cheese"], "errors");
    Ok(())
}

/// It may end at the headers of what the inner one stands round, and of nothing else: neither of other
/// routes nor of the next request. The body goes on.
pub async fn an_inner_layer_may_end_its_spans_at_headers<F: Framework>(framework: F) -> Outcome {
    let (feed, events) = fed();
    let (rest, ordinary) = fed();
    let server = Setup::new()
        .around(Around::Streaming)
        .route("/x", ordinary)
        .nested("/events", events)
        .start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    let response = connection.send("GET", "/nested/events", &[]).await?;
    let span = server.only().await?;
    let name = if F::ROUTES {
        "GET /nested/events"
    } else {
        "GET"
    };
    check_eq!(span.name, name, "name");
    check_eq!(span.tag("http.status_code").as_deref(), Some("200"), "head");
    check_eq!(span.tag("cancelled"), None, "complete");
    check_eq!(span.error, None, "no error");
    feed.send(Frame::Data("late"))?;
    drop(feed);
    check_eq!(Connection::read(response).await?, "late", "the whole body");

    server.forget();
    rest.send(Frame::Data("one"))?;
    let response = connection.send("GET", "/x", &[]).await?;
    check!(server.finished().is_empty(), "open after the headers");
    drop(rest);
    Connection::read(response).await?;
    server.only().await?;
    Ok(())
}

/// Denied by the caller, it is not decided again by the inner one.
pub async fn an_inner_layer_decides_nothing_again<F: Framework>(framework: F) -> Outcome {
    let recording = handler(async |_| {
        let recording = SpanRef::current().is_recording();
        Reply::status(if recording { 500 } else { 200 })
    });
    let server = Setup::new()
        .around(Around::Again)
        .route("/x", Arc::clone(&recording))
        .nested("/x", recording)
        .start(framework)?;
    for path in ["/x", "/nested/x"] {
        let b3 = "463ac35c9f6413ad48485a3953bb6124-a2fb4a1d1a96d312-0";
        check_eq!(
            server.ask("GET", path, &[("b3", b3)]).await?.0,
            200,
            "{path}"
        );
    }
    check!(server.finished().is_empty(), "{:?}", server.finished());
    Ok(())
}

/// A middleware that turns a request away is judged by its status, as a handler would be; nothing is
/// said of a route that the request never reached, least of all that there is none.
pub async fn a_middleware_that_turns_requests_away_is_judged_by_its_status<F: Framework>(
    framework: F,
) -> Outcome {
    let server = Setup::new()
        .around(Around::Doorman)
        .route("/users/{id}", told())
        .start(framework)?;
    check_eq!(server.get("/users/7").await?.0, 401, "answer");
    let span = server.only().await?;
    let status = span.tag("http.status_code");
    check_eq!(status.as_deref(), Some("401"), "status");
    check_eq!(span.error, None, "a 401 is no error of the server");
    check!(
        ["GET", "GET /users/{id}"].contains(&&*span.name),
        "{}",
        span.name
    );
    Ok(())
}
