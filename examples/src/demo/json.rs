//! Keeps spans as Zipkin v2 JSON, for `--json`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracer_core::conventions::Conventions;
use tracer_recording::{FinishedSpan, Reporter};
use tracer_zipkin::JsonEncoder;

/// Encodes every span when it is reported, until they are asked for.
#[derive(Clone, Debug)]
pub struct JsonReporter {
    kept: Arc<Mutex<Option<Vec<Vec<u8>>>>>,
    conventions: Conventions,
}

impl Default for JsonReporter {
    fn default() -> Self {
        Self {
            kept: Arc::new(Mutex::new(Some(Vec::new()))),
            conventions: Conventions::default(),
        }
    }
}

impl JsonReporter {
    /// Keeps spans in the same list, with tags under these names.
    #[must_use]
    pub fn named(&self, conventions: Conventions) -> Self {
        Self {
            kept: Arc::clone(&self.kept),
            conventions,
        }
    }

    /// A list of all spans so far. Later ones are not kept: nobody will print them, and a demo that
    /// serves on must not grow.
    pub fn take_json(&self) -> String {
        let spans = self.kept().take().unwrap_or_default();
        let spans: Vec<_> = spans
            .iter()
            .map(|span| String::from_utf8_lossy(span))
            .collect();
        format!("[{}]", spans.join(",\n "))
    }

    fn kept(&self) -> MutexGuard<'_, Option<Vec<Vec<u8>>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reporter for JsonReporter {
    fn report(&self, span: &FinishedSpan<'_>) {
        if let Some(kept) = &mut *self.kept() {
            let mut json = Vec::new();
            let encoder = JsonEncoder::new().conventions(self.conventions);
            encoder.encode(span, &mut json);
            kept.push(json);
        }
    }

    fn supports_join(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use tracer_core::TracerExt;
    use tracer_recording::RecordingTracer;

    use super::*;

    #[test]
    fn what_comes_after_the_list_is_not_kept() {
        let json = JsonReporter::default();
        let tracer = RecordingTracer::builder("x", json.clone()).build();
        tracer.span("first").start().finish();
        assert!(json.take_json().contains("\"first\""));
        tracer.span("second").start().finish();
        assert!(json.kept().is_none());
        assert_eq!(json.take_json(), "[]");
    }
}
