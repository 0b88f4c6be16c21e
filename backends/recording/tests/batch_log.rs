//! What a batch reporter writes to the log. One test: the logger is the process's.

use std::sync::Mutex;
use std::time::Duration;

use tracer_recording::testing::SpanBuilder;
use tracer_recording::{BatchReporter, Delivery, Exporter, FinishedSpan, Reporter};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Lines;

impl log::Log for Lines {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        LINES.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}

/// Away for the first few tries.
struct Away(u32);

impl Exporter for Away {
    fn add(&mut self, _: &FinishedSpan<'_>) -> usize {
        1
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        if self.0 == 0 {
            return Delivery::Sent { bytes: 1 };
        }
        self.0 -= 1;
        Delivery::Retry {
            after: None,
            reason: "connection refused".into(),
        }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        "http://collector".into()
    }
}

#[test]
fn an_outage_has_one_line_and_its_end_another() {
    log::set_logger(&Lines).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let reporter = BatchReporter::new(Away(4));
    let report = || reporter.report(&SpanBuilder::new("a").view());
    report();
    reporter.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(reporter.counts().retries, 4);
    reporter.close(Duration::from_secs(60)).unwrap();
    (0..10).for_each(|_| report());
    assert_eq!(
        *LINES.lock().unwrap(),
        [
            "WARN spans not delivered to http://collector: connection refused \
             (failures in a row: 1, sent 0, queued 1, dropped 0)",
            "INFO spans are delivered to http://collector again after 4 failures \
             (sent 1, queued 0, dropped 0)",
            "WARN spans are reported after the close of their reporter: they are lost",
        ]
    );
}
