//! Keeps spans as Zipkin v2 JSON, for `--json`.

use std::sync::{Arc, Mutex, PoisonError};

use tracer_recording::{FinishedSpan, Reporter};
use tracer_zipkin::JsonEncoder;

/// Encodes every span when it is reported.
#[derive(Clone, Debug, Default)]
pub struct JsonReporter(Arc<Mutex<Vec<Vec<u8>>>>);

impl JsonReporter {
    /// A list of all spans so far.
    pub fn to_json(&self) -> String {
        let spans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let spans: Vec<_> = spans
            .iter()
            .map(|span| String::from_utf8_lossy(span))
            .collect();
        format!("[{}]", spans.join(",\n "))
    }
}

impl Reporter for JsonReporter {
    fn report(&self, span: &FinishedSpan<'_>) {
        let mut json = Vec::new();
        JsonEncoder::new().encode(span, &mut json);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(json);
    }

    fn supports_join(&self) -> bool {
        true
    }
}
