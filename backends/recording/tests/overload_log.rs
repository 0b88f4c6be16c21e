//! What the log says while more spans come than can be sent. One test: the logger is the process's.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tracer_recording::testing::SpanBuilder;
use tracer_recording::{BatchReporter, Delivery, Exporter, FinishedSpan, Reporter};

static FULL: AtomicUsize = AtomicUsize::new(0);
static OTHERS: AtomicUsize = AtomicUsize::new(0);

struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = record.args().to_string();
        if record.level() == log::Level::Warn && line.starts_with("the queue of spans is full") {
            FULL.fetch_add(1, Ordering::SeqCst);
        } else {
            OTHERS.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn flush(&self) {}
}

struct Takes;

impl Exporter for Takes {
    fn add(&mut self, _: &FinishedSpan<'_>) -> usize {
        1
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        Delivery::Sent { bytes: 1 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        "here".into()
    }
}

#[test]
fn a_queue_that_is_full_is_named_once_a_minute_although_every_batch_is_sent() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let reporter = BatchReporter::builder(Takes).queue_spans(3).build();
    let span = SpanBuilder::new("a");
    let start = Instant::now();
    while FULL.load(Ordering::SeqCst) == 0 && start.elapsed() < Duration::from_secs(60) {
        (0..100).for_each(|_| reporter.report(&span.view()));
    }
    for _ in 0..50 {
        (0..100).for_each(|_| reporter.report(&span.view()));
        let _ = reporter.flush(Duration::from_secs(60));
    }
    assert!(reporter.counts().sent > 0);
    let lines = (FULL.load(Ordering::SeqCst), OTHERS.load(Ordering::SeqCst));
    assert_eq!(lines, (1, 0));
}
