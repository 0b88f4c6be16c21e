//! Exporters that need a tokio runtime.
#![cfg(feature = "tokio")]

use std::time::Duration;

use tracer_opentelemetry::opentelemetry_sdk::error::OTelSdkResult;
use tracer_opentelemetry::opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tracer_opentelemetry::{OpenTelemetryExporter, resource};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};

/// Waits on a timer of the runtime that it was made on, and spawns there.
#[derive(Debug)]
struct NeedsTokio(tokio::runtime::Handle);

impl SpanExporter for NeedsTokio {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        // The timer itself is the point: it runs on that runtime alone.
        let task = self.0.spawn(tokio::time::sleep(Duration::from_millis(1)));
        task.await.expect("the task runs");
        Ok(())
    }
}

fn exporter() -> OpenTelemetryExporter {
    let make = || NeedsTokio(tokio::runtime::Handle::current());
    let nothing = resource::<&str, &str>([]);
    let mut exporter = OpenTelemetryExporter::on_tokio(make, nothing).unwrap();
    exporter.add(&SpanBuilder::new("job").view());
    exporter
}

fn sent_from_a_thread(mut exporter: OpenTelemetryExporter) {
    let sent = std::thread::spawn(move || exporter.send(Duration::from_secs(20)));
    let delivery = sent.join().unwrap();
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
}

#[test]
fn without_a_runtime_around() {
    sent_from_a_thread(exporter());
}

#[tokio::test]
async fn inside_a_runtime() {
    sent_from_a_thread(exporter());
    drop(exporter());
}

#[tokio::test]
async fn a_send_on_a_runtime_is_a_failure_and_no_panic() {
    let delivery = exporter().send(Duration::from_secs(20));
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
}
