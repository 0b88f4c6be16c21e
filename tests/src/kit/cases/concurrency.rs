//! Requests that run at once know nothing of each other.

use std::collections::HashMap;
use std::sync::Arc;

use tracer_core::{Kind, SpanRef, TracerExt};

use crate::kit::{Ask, Connection, Framework, Outcome, Protocol, Reply, Setup, handler};
use crate::{check, check_eq};

const CONNECTIONS: usize = 10;
const REQUESTS: usize = 20;

/// 200 interleaved requests on keep-alive connections: each has its own trace, its own child and
/// its own tag, and between requests no span is current.
pub async fn interleaved_requests_do_not_mix<F: Framework>(framework: F) -> Outcome {
    let setup = Setup::new();
    let tracer = setup.tracer();
    let answer = handler(move |ask: Ask| {
        let tracer = Arc::clone(&tracer);
        async move {
            let number = ask.header("x-number").unwrap_or_default().to_owned();
            SpanRef::current().set_tag("number", number.as_str());
            for _ in 0..5 {
                tokio::task::yield_now().await;
                tracer
                    .span("step")
                    .tag("number", number.as_str())
                    .start()
                    .finish();
            }
            let body = SpanRef::current()
                .trace_id()
                .map_or_else(String::new, |id| id.to_string());
            Reply::Whole {
                status: 200,
                headers: Vec::new(),
                body: body.into(),
            }
        }
    });
    let server = setup.route("/x", answer).start(framework)?;
    let mut workers = Vec::new();
    for worker in 0..CONNECTIONS {
        let protocol = if worker % 2 == 0 {
            Protocol::Http1
        } else {
            Protocol::Http2
        };
        let mut connection = server.connect(protocol).await?;
        workers.push(tokio::spawn(async move {
            let mut traces = Vec::new();
            for request in 0..REQUESTS {
                let number = (worker * REQUESTS + request).to_string();
                let trace = format!("{:032x}", worker * REQUESTS + request + 1);
                let b3 = format!("{trace}-00000000000000aa-1");
                let headers = [("x-number", &*number), ("b3", &*b3)];
                let response = connection.send("GET", "/x", &headers).await?;
                traces.push((trace, number, Connection::read(response).await?));
            }
            Ok::<_, crate::kit::Failed>(traces)
        }));
    }
    let mut numbers = HashMap::new();
    for worker in workers {
        for (trace, number, told) in worker.await?? {
            check_eq!(told, trace, "the handler saw its own trace");
            numbers.insert(trace, number);
        }
    }
    let spans = server.spans(CONNECTIONS * REQUESTS * 6).await?;
    let mut requests = HashMap::new();
    for span in spans.iter().filter(|span| span.kind == Kind::Server) {
        requests.insert(span.context.trace_id(), span.context.span_id());
    }
    check_eq!(
        requests.len(),
        CONNECTIONS * REQUESTS,
        "one SERVER span for each trace"
    );
    for span in &spans {
        let trace = span.context.trace_id();
        check_eq!(
            span.tag("number").as_ref(),
            numbers.get(&trace.to_string()),
            "{span:?}"
        );
        if span.kind != Kind::Server {
            check_eq!(span.parent_id(), requests.get(&trace).copied(), "{span:?}");
        }
    }
    Ok(())
}

/// A connection that is kept alive carries nothing from one request to the next.
pub async fn nothing_leaks_to_the_next_request<F: Framework>(framework: F) -> Outcome {
    let answer = handler(async |ask: Ask| {
        if ask.path == "/set" {
            let set = tracer_core::current::set_baggage("leak", "yes").is_ok();
            return Reply::status(if set { 200 } else { 500 });
        }
        let leaked = SpanRef::current().baggage("leak").is_some();
        Reply::status(if leaked { 500 } else { 200 })
    });
    let server = Setup::new()
        .route("/set", Arc::clone(&answer))
        .route("/see", answer)
        .start(framework)?;
    let mut connection = server.connect(F::PROTOCOL).await?;
    for path in ["/set", "/see", "/set", "/see"] {
        let response = connection.send("GET", path, &[]).await?;
        check_eq!(response.status().as_u16(), 200, "{path}");
        Connection::read(response).await?;
    }
    let spans = server.spans(4).await?;
    let traces: std::collections::HashSet<_> =
        spans.iter().map(|span| span.context.trace_id()).collect();
    check!(traces.len() == 4, "four traces, not {}", traces.len());
    Ok(())
}
