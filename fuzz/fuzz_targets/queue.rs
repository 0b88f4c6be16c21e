//! Spans through the queue of a batch reporter: what the exporter gets is what was reported.
#![no_main]

use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tracer_fuzz::span::Input;
use tracer_recording::{BatchReporter, Delivery, Exporter, FinishedSpan, OwnedSpan, Reporter};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<OwnedSpan>>>);

impl Kept {
    fn take(&self) -> Vec<OwnedSpan> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Exporter for Kept {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        let mut spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spans.push(span.to_owned());
        spans.len()
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

static KEPT: LazyLock<Kept> = LazyLock::new(Kept::default);
static REPORTER: LazyLock<BatchReporter> = LazyLock::new(|| BatchReporter::new(KEPT.clone()));

fuzz_target!(|inputs: Vec<Input<'_>>| {
    let spans: Vec<_> = inputs.iter().filter_map(Input::span).collect();
    if spans.is_empty() {
        return;
    }
    spans.iter().for_each(|span| REPORTER.report(&span.view()));
    BatchReporter::flush(&REPORTER, Duration::from_secs(10)).expect("nothing is lost");
    let expected: Vec<_> = spans.iter().map(|span| span.view().to_owned()).collect();
    assert_eq!(text(&KEPT.take()), text(&expected));
});

/// As text, because a NaN equals nothing.
fn text(spans: &[OwnedSpan]) -> Vec<String> {
    spans.iter().map(|span| format!("{span:?}")).collect()
}
