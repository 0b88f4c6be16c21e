//! What handlers find and do: the current span, children, tags, baggage.

use std::sync::Arc;

use tracer_core::{Kind, SpanRef, TracerExt, current};

use crate::kit::{Ask, Frame, Framework, Outcome, Reply, Setup, Witness, fed_with, handler};
use crate::{check, check_eq};

/// The SERVER span is current from the first poll to the last, over awaits.
pub async fn the_span_is_current_in_the_handler<F: Framework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        let before = SpanRef::current().span_id();
        tokio::task::yield_now().await;
        let after = SpanRef::current().span_id();
        Reply::Whole {
            status: if before == after { 200 } else { 500 },
            headers: Vec::new(),
            body: before.map_or_else(String::new, |id| id.to_string()).into(),
        }
    });
    let server = Setup::new().route("/x", answer).start(framework)?;
    let (status, body) = server.get("/x").await?;
    check_eq!(status, 200, "the same over an await");
    check_eq!(
        body,
        server.only().await?.context.span_id().to_string(),
        "the SERVER span"
    );
    Ok(())
}

/// Children made by a handler stand below the SERVER span, start after it and end first.
pub async fn a_handlers_spans_are_children<F: Framework>(framework: F) -> Outcome {
    let setup = Setup::new();
    let tracer = setup.tracer();
    let answer = handler(move |_| {
        let tracer = Arc::clone(&tracer);
        async move {
            let child = tracer.span("load").start();
            tokio::task::yield_now().await;
            child.finish();
            Reply::ok()
        }
    });
    let server = setup.route("/x", answer).start(framework)?;
    server.get("/x").await?;
    let spans = server.spans(2).await?;
    let (child, request) = (&spans[0], &spans[1]);
    check_eq!(request.kind, Kind::Server, "ends last");
    check_eq!(child.parent_id(), Some(request.context.span_id()), "parent");
    check!(
        child.start >= request.start,
        "no child before its local root"
    );
    check!(
        child.start + child.duration <= request.start + request.duration,
        "inside"
    );
    Ok(())
}

/// Tags, names and logs from a handler reach the SERVER span.
pub async fn a_handler_annotates_its_span<F: Framework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        let span = SpanRef::current();
        span.set_tag("user", "ada");
        span.set_tag("user", "grace");
        span.log(&[tracer_core::Tag::new("event", "looked up")]);
        Reply::ok()
    });
    let server = Setup::new().route("/x", answer).start(framework)?;
    server.get("/x").await?;
    let span = server.only().await?;
    let users: Vec<_> = span.tags.iter().filter(|(key, _)| key == "user").collect();
    check_eq!(users.len(), 1, "written once");
    check_eq!(span.tag("user").as_deref(), Some("grace"), "the last value");
    check_eq!(span.logs.len(), 1, "logs");
    Ok(())
}

/// Baggage arrives and can be set, sampled or not.
pub async fn baggage_is_read_and_set_sampled_or_not<F: Framework>(framework: F) -> Outcome {
    let answer = || {
        handler(async |_| {
            let came = SpanRef::current()
                .baggage("tenant")
                .unwrap_or_default()
                .to_owned();
            let set = current::set_baggage("user", "ada").is_ok();
            tokio::task::yield_now().await;
            let span = SpanRef::current();
            let later = span.baggage("user").unwrap_or_default();
            let body = format!("{came} {set} {later}");
            Reply::Whole {
                status: 200,
                headers: Vec::new(),
                body: body.into(),
            }
        })
    };
    for sampled in [true, false] {
        let server = Setup::sampling(sampled)
            .route("/x", answer())
            .start(framework)?;
        let (_, body) = server
            .ask("GET", "/x", &[("baggage", "tenant=blue")])
            .await?;
        check_eq!(body, "blue true ada", "sampled {sampled}");
        let (_, next) = server.get("/x").await?;
        check_eq!(
            next,
            " true ada",
            "the next request has none of it ({sampled})"
        );
    }
    Ok(())
}

/// What a handler puts on its span beyond the limits is left out and counted, never an error.
pub async fn limits_hold_inside_a_span<F: Framework>(framework: F) -> Outcome {
    let answer = handler(async |_: Ask| {
        let span = SpanRef::current();
        for number in 0..500 {
            span.set_tag(&format!("tag {number}"), number);
        }
        span.set_tag("long", "ö".repeat(10_000).as_str());
        Reply::ok()
    });
    let server = Setup::new().route("/x", answer).start(framework)?;
    check_eq!(server.get("/x").await?.0, 200, "status");
    let span = server.only().await?;
    let own = span
        .tags
        .iter()
        .filter(|(key, _)| key.starts_with("tag "))
        .count();
    check!(own <= 128, "{own} tags");
    check!(span.left_out > 0, "counted");
    check_eq!(
        span.tag("http.status_code").as_deref(),
        Some("200"),
        "the layer's own are kept"
    );
    Ok(())
}

/// A response header may tell the trace id, also of a trace that is not recorded.
pub async fn the_trace_id_may_be_told_in_a_header<F: Framework>(framework: F) -> Outcome {
    for sampled in [true, false] {
        let answer = handler(async |_| {
            let trace = SpanRef::current().trace_id();
            Reply::text(trace.map_or_else(String::new, |id| id.to_string()))
        });
        let setup = Setup::sampling(sampled)
            .route("/x", answer)
            .configure(|http| http.trace_id_header("x-trace-id"));
        let server = setup.start(framework)?;
        let mut connection = server.connect(F::PROTOCOL).await?;
        let response = connection.send("GET", "/x", &[]).await?;
        let told = response.headers().get("x-trace-id").cloned();
        let trace = crate::kit::Connection::read(response).await?;
        check_eq!(told.ok_or("no header")?, trace, "sampled {sampled}");
        if sampled {
            let span = server.only().await?;
            check_eq!(trace, span.context.trace_id().to_string(), "trace id");
        }
    }
    Ok(())
}

/// Tasks and threads take the span along only when they are told to.
pub async fn tasks_and_threads_are_told_their_span<F: Framework>(framework: F) -> Outcome {
    let answer = handler(async |_| {
        let request = SpanRef::current();
        let bare = tokio::spawn(async { SpanRef::current().is_none() }).await;
        let taken = async { SpanRef::current().set_tag("task", true) };
        let taken = tokio::spawn(current::FutureExt::in_span(taken, &request)).await;
        let bound = current::bind(&request, || SpanRef::current().set_tag("thread", true));
        let bound = tokio::task::spawn_blocking(bound).await;
        let as_told = matches!((bare, taken, bound), (Ok(true), Ok(()), Ok(())));
        let same = SpanRef::current().span_id() == request.span_id();
        Reply::status(if as_told && same { 200 } else { 500 })
    });
    let server = Setup::new().route("/x", answer).start(framework)?;
    check_eq!(server.get("/x").await?.0, 200, "nothing is inherited");
    let span = server.only().await?;
    for tag in ["task", "thread"] {
        check_eq!(span.tag(tag).as_deref(), Some("true"), "{tag}");
    }
    Ok(())
}

/// A request that is not recorded has its context to the end of its body, whatever is dropped, and
/// leaves nothing.
pub async fn an_unsampled_request_has_its_context_to_the_end<F: Framework>(
    framework: F,
) -> Outcome {
    let ((polled, mut told_polled), (dropped, mut told_dropped)) = (Witness::new(), Witness::new());
    let (feed, frames) = fed_with(|frames| frames.witness(dropped));
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let answer = handler(move |ask| {
        // The case waits for it.
        let _ = tell.send(SpanRef::current().span_id());
        frames(ask)
    });
    let server = Setup::sampling(false)
        .route("/x", answer)
        .start(framework)?;
    feed.send(Frame::Seen("one", polled))?;
    drop(feed);
    check_eq!(server.get("/x").await?, (200, "one".to_owned()), "answer");
    let own = told.recv().await.ok_or("no handler")?;
    check!(own.is_some(), "it has an id");
    check_eq!(told_polled.recv().await, Some(own), "in a poll of the body");
    check_eq!(
        told_dropped.recv().await,
        Some(own),
        "while that is dropped"
    );
    check!(server.finished().is_empty(), "{:?}", server.finished());
    Ok(())
}

/// Hooks see requests and responses and may annotate; one that panics harms nobody.
pub async fn hooks_see_requests_and_responses<F: Framework>(framework: F) -> Outcome {
    let teapot = handler(async |_| Reply::status(418));
    for panics in [false, true] {
        let setup = Setup::new().route("/x", Arc::clone(&teapot));
        let server = setup
            .configure(move |http| {
                http.on_request(move |request, span| {
                    span.set_tag("asked", request.path());
                    check_hook(panics);
                })
                .on_response(move |response, span| {
                    span.set_tag("answered", i64::from(response.status));
                    check_hook(panics);
                })
            })
            .start(framework)?;
        check_eq!(server.get("/x").await?.0, 418, "panics: {panics}");
        let span = server.only().await?;
        check_eq!(span.tag("asked").as_deref(), Some("/x"), "panics: {panics}");
        let answered = span.tag("answered");
        check_eq!(answered.as_deref(), Some("418"), "panics: {panics}");
        check_eq!(span.error, None, "panics: {panics}");
    }
    Ok(())
}

fn check_hook(panics: bool) {
    if panics {
        std::panic::panic_any("a hook's own business");
    }
}
