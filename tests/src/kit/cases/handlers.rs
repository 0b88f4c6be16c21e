//! What handlers find and do: the current span, children, tags, baggage.

use std::sync::Arc;

use tracer_core::{Kind, SpanRef, TracerExt, current};

use crate::kit::{Ask, Framework, Outcome, Reply, Setup, handler};
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

/// A response header may tell the trace id.
pub async fn the_trace_id_may_be_told_in_a_header<F: Framework>(framework: F) -> Outcome {
    let ok = handler(async |_| Reply::ok());
    let setup = Setup::new()
        .route("/x", ok)
        .configure(|http| http.trace_id_header("x-trace-id"));
    let server = setup.start(framework)?;
    let mut connection = server.connect(crate::kit::Protocol::Http1).await?;
    let response = connection.send("GET", "/x", &[]).await?;
    let told = response
        .headers()
        .get("x-trace-id")
        .ok_or("no header")?
        .to_str()?
        .to_owned();
    crate::kit::Connection::read(response).await?;
    check_eq!(
        told,
        server.only().await?.context.trace_id().to_string(),
        "trace id"
    );
    Ok(())
}
