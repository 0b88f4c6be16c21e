//! One trace through peers in other languages, both ways, with every format that they speak: our
//! client calls the peer, which calls our server. Run by `servers/with.sh python-peer node-peer
//! go-peer brave-peer -- cargo test -p tracer-tests --features real-servers --test peers`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tower::{ServiceBuilder, ServiceExt};
use tracer_core::{Kind, Tracer};
use tracer_recording::samplers::{Always, Never};
use tracer_recording::{InMemoryReporter, OwnedSpan, Propagation, RecordingTracer};
use tracer_tests::hops::{Framework, Peer};
use tracer_tests::kit::Failed;
use tracer_tower::ClientLayer;

const OPENTELEMETRY: &[&str] = &["b3", "b3multi", "tracecontext", "jaeger"];
const BRAVE: &[&str] = &["b3", "b3multi"];

/// A tracer of ours that shares ids with B3 callers, as with Zipkin.
fn tracer(
    service: &str,
    format: &str,
    sampled: bool,
    spans: &InMemoryReporter,
) -> Result<Arc<dyn Tracer>, Failed> {
    let tracer = RecordingTracer::builder(service, spans.clone());
    let tracer = tracer.propagation(Propagation::from_names(format)?);
    // The second service records what it is told to, whatever it would do by itself.
    Ok(Arc::new(if sampled {
        tracer.sampler(Always).build()
    } else {
        tracer.sampler(Never).build()
    }))
}

/// Calls the peer, which calls a server of ours; returns what the peer says of its spans.
async fn through(
    peer: &str,
    format: &str,
    first: Arc<dyn Tracer>,
    second: Arc<dyn Tracer>,
) -> Result<Value, Failed> {
    let Peer::Http(next) = Framework::Axum.start(second, None)? else {
        return Err("axum speaks HTTP".into());
    };
    let http = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let traced = ServiceBuilder::new()
        .layer(ClientLayer::new(first))
        .service(http);
    let url = format!("{peer}/hop?format={format}&next=http://{next}/hop");
    let response = traced
        .oneshot(http::Request::get(url).body(Empty::new())?)
        .await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if !status.is_success() {
        return Err(format!("{status}: {}", String::from_utf8_lossy(&body)).into());
    }
    Ok(serde_json::from_slice(&body)?)
}

async fn spans(reporter: &InMemoryReporter) -> Result<(OwnedSpan, OwnedSpan), Failed> {
    let there = reporter.clone();
    let came = tokio::task::spawn_blocking(move || there.wait_for(2, Duration::from_secs(20)));
    let (came, spans) = (came.await?, reporter.spans());
    let find = |kind| spans.iter().find(|span| span.kind == kind).cloned();
    match (came, find(Kind::Client), find(Kind::Server)) {
        (true, Some(client), Some(server)) => Ok((client, server)),
        _ => Err(format!("not both spans: {spans:#?}").into()),
    }
}

async fn joins(variable: &str, formats: &[&str], peer_joins: bool) -> Result<(), Failed> {
    let peer = std::env::var(variable).map_err(|_| format!("{variable} is not set"))?;
    for format in formats {
        let reporter = InMemoryReporter::new();
        let first = tracer("first", format, true, &reporter)?;
        let second = tracer("second", format, false, &reporter)?;
        let told = through(&peer, format, first, second).await?;
        let (client, server) = spans(&reporter).await?;
        let trace = client.context.trace_id().to_string();
        let id = client.context.span_id().to_string();
        assert_eq!(
            told["server"]["trace"], *trace,
            "{variable} {format}: {told}"
        );
        if peer_joins {
            assert_eq!(told["server"]["span"], *id, "{variable} {format}: {told}");
        } else {
            assert_eq!(told["server"]["parent"], *id, "{variable} {format}: {told}");
        }
        assert_eq!(told["sampled"], true, "{variable} {format}: {told}");
        assert_eq!(
            server.context.trace_id().to_string(),
            trace,
            "{variable} {format}"
        );
        if format.starts_with("b3") {
            // Our server shares the id of the span that called it.
            let shared = server.context.span_id().to_string();
            assert_eq!(
                told["client"]["span"], *shared,
                "{variable} {format}: {told}"
            );
            assert!(server.shared, "{variable} {format}");
        } else {
            let parent = server
                .parent_id()
                .map(|id| id.to_string())
                .unwrap_or_default();
            assert_eq!(
                told["client"]["span"], *parent,
                "{variable} {format}: {told}"
            );
        }

        // A deny holds all the way, in a trace that goes on: nothing is recorded behind it.
        let reporter = InMemoryReporter::new();
        let first = tracer("first", format, false, &reporter)?;
        let second = tracer("second", format, true, &reporter)?;
        let told = through(&peer, format, first, second).await?;
        assert_eq!(told["sampled"], false, "{variable} {format}: {told}");
        assert_eq!(reporter.spans(), [], "{variable} {format}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetry_for_python() -> Result<(), Failed> {
    joins("PYTHON_PEER_URL", OPENTELEMETRY, false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetry_for_node() -> Result<(), Failed> {
    joins("NODE_PEER_URL", OPENTELEMETRY, false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn opentelemetry_for_go() -> Result<(), Failed> {
    joins("GO_PEER_URL", OPENTELEMETRY, false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn brave() -> Result<(), Failed> {
    joins("BRAVE_PEER_URL", BRAVE, true).await
}
