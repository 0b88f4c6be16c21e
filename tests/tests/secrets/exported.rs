//! Every byte that leaves: the same spans through each encoding.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracer_backends::ConsoleExporter;
use tracer_core::Tracer;
use tracer_recording::{
    BatchReporter, Delivery, Exporter, FanOut, FinishedSpan, InMemoryReporter, RecordingTracer,
};
use tracer_zipkin::{Encoding, Sender, ZipkinExporter};

use crate::places::{NEVER, SEEN};

const DEADLINE: Duration = Duration::from_secs(20);

/// What a receiver gets.
#[derive(Clone, Default)]
struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Bytes {
    fn add(&self, bytes: &[u8]) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend_from_slice(bytes);
    }

    fn text(&self) -> String {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&all).into_owned()
    }
}

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sender for Bytes {
    fn send(&mut self, list: &[u8], _: &str, _: Duration) -> Delivery {
        self.add(list);
        Delivery::Sent { bytes: list.len() }
    }

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

/// What OpenTelemetry's exporters are given.
struct OpenTelemetry(Bytes);

impl Exporter for OpenTelemetry {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        let span = format!("{:?}", tracer_opentelemetry::span_data(span));
        self.0.add(span.as_bytes());
        span.len()
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        Delivery::Sent { bytes: 0 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        "memory".to_owned()
    }
}

/// A tracer, and what it exports.
pub(crate) struct Exported {
    pub(crate) tracer: Arc<dyn Tracer>,
    spans: InMemoryReporter,
    all: [(&'static str, Bytes); 4],
}

impl Exported {
    pub(crate) fn new() -> Self {
        let all =
            ["json", "proto3", "console", "opentelemetry"].map(|name| (name, Bytes::default()));
        let [(_, json), (_, proto3), (_, console), (_, otel)] = all.clone();
        let zipkin = |encoding, to| ZipkinExporter::over(to).encoding(encoding);
        let spans = InMemoryReporter::new();
        let reporters = FanOut::new()
            .and(BatchReporter::new(zipkin(Encoding::Json, json)))
            .and(BatchReporter::new(zipkin(Encoding::Protobuf, proto3)))
            .and(BatchReporter::new(ConsoleExporter::to(console)))
            .and(BatchReporter::new(OpenTelemetry(otel)))
            .and(spans.clone());
        let tracer = RecordingTracer::builder("vault", reporters).build();
        Self {
            tracer: Arc::new(tracer),
            spans,
            all,
        }
    }

    /// Waits for that many spans and looks for credentials. `seen` must be found: it shows that
    /// somebody looked where they were.
    pub(crate) async fn check(self, spans: usize, seen: &[&str]) {
        tokio::task::spawn_blocking({
            let there = self.spans.clone();
            move || assert!(there.wait_for(spans, DEADLINE), "{:#?}", there.spans())
        })
        .await
        .unwrap();
        let tracer = Arc::clone(&self.tracer);
        let flushed = tokio::task::spawn_blocking(move || tracer.flush(DEADLINE));
        flushed.await.unwrap().unwrap();
        for (name, bytes) in &self.all {
            let text = bytes.text();
            for secret in NEVER {
                assert!(!text.contains(secret), "{secret} in {name}: {text}");
            }
            for seen in seen.iter().chain(&[SEEN.1]) {
                assert!(text.contains(seen), "no {seen} in {name}: {text}");
            }
        }
    }
}
