//! From a tracer through the batching reporter to a collector.

use std::sync::Arc;

use tracer_core::{Kind, Tracer, TracerExt};
use tracer_opentelemetry::{OpenTelemetryExporter, otlp_grpc, otlp_http, resource};
use tracer_recording::{BatchReporter, RecordingTracer};

use crate::receiver::Receiver;
use crate::server::{LONG, answer};

fn tracer(exporter: OpenTelemetryExporter) -> (RecordingTracer, Arc<BatchReporter>) {
    let reporter = Arc::new(BatchReporter::builder(exporter).build());
    let tracer = RecordingTracer::builder("shop", Arc::clone(&reporter)).build();
    (tracer, reporter)
}

/// Two spans, and what became of them.
fn trace(exporter: OpenTelemetryExporter) {
    let (tracer, reporter) = tracer(exporter);
    let request = tracer.span("GET /").kind(Kind::Server).start();
    tracer.span("load").child_of(&request).start().finish();
    request.finish();
    tracer.flush(LONG).unwrap();
    let counts = reporter.counts();
    assert_eq!((counts.accepted, counts.sent, counts.queued), (2, 2, 0));
}

fn over_grpc() {
    let receiver = Receiver::start();
    let known = resource([("host.name", "here")]);
    trace(otlp_grpc(Some(&receiver.url()), known).unwrap());
    let (_, request) = receiver.only();
    let spans: Vec<_> = request.resource_spans[0].scope_spans[0]
        .spans
        .iter()
        .map(|span| span.name.as_str())
        .collect();
    assert_eq!(spans, ["load", "GET /"]);
}

fn over_http() {
    let (url, served) = answer("200 OK");
    let known = resource([("host.name", "here")]);
    trace(otlp_http(Some(&format!("{url}/v1/traces")), known).unwrap());
    assert!(!served.join().unwrap().body.is_empty());
}

#[test]
fn without_a_runtime() {
    over_grpc();
    over_http();
}

#[tokio::test]
async fn inside_a_current_thread_runtime() {
    over_grpc();
    over_http();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn inside_a_multi_thread_runtime() {
    over_grpc();
    over_http();
}
