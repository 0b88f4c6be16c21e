//! A logger that panics, as `eprintln!` does where nobody reads. One test: the logger is the process's.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tracer_recording::stages::ErrorSummary;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{
    BatchReporter, Delivery, Exporter, FinishedSpan, InMemoryReporter, Reporter,
};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Panics;

impl log::Log for Panics {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        LINES.lock().unwrap().push(line);
        panic!("nobody reads")
    }

    fn flush(&self) {}
}

/// Away for the first try.
struct Away(bool);

impl Exporter for Away {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        match span.name {
            "large" => 500_001,
            _ => 1,
        }
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        if self.0 {
            return Delivery::Sent { bytes: 1 };
        }
        self.0 = true;
        Delivery::Retry {
            after: None,
            reason: "connection refused".into(),
        }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        "there".into()
    }
}

/// Waits for so many lines, which are told behind the flush.
fn wait_for(lines: usize) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while LINES.lock().unwrap().len() < lines && Instant::now() < deadline {
        std::thread::yield_now();
    }
}

#[test]
fn a_logger_that_panics_loses_no_span() {
    log::set_logger(&Panics).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    // What is too large for every batch is told.
    let reporter = BatchReporter::new(Away(true));
    reporter.report(&SpanBuilder::new("large").view());
    assert!(reporter.flush(Duration::from_secs(60)).is_err());
    wait_for(1);
    reporter.report(&SpanBuilder::new("a").view());
    reporter.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(
        std::mem::take(&mut *LINES.lock().unwrap()),
        ["WARN spans are too large to be sent: 1 (sent 0, queued 0, dropped 1)"]
    );
    // A stage that logs.
    let memory = InMemoryReporter::new();
    let summary = ErrorSummary::new(memory.clone()).all_traces();
    summary.report(&SpanBuilder::new("failed").error("Oops", None).view());
    assert_eq!(memory.spans().len(), 1);
    let lines = std::mem::take(&mut *LINES.lock().unwrap());
    assert!(
        lines[0].starts_with("WARN ") && lines[0].contains("Oops"),
        "{lines:?}"
    );
    let reporter = BatchReporter::new(Away(false));
    reporter.report(&SpanBuilder::new("a").view());
    reporter.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(reporter.counts().sent, 1);
    wait_for(2);
    assert_eq!(
        *LINES.lock().unwrap(),
        [
            "WARN spans not delivered to there: connection refused \
             (failures in a row: 1, sent 0, queued 1, dropped 0)",
            "INFO spans are delivered to there again after 1 failures \
             (sent 1, queued 0, dropped 0)",
        ]
    );
}
