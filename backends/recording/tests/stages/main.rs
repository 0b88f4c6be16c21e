//! Stages between a tracer and its reporter.

mod error_summary;
mod handled;
mod requests;
mod tail;

use tracer_recording::OwnedSpan;

fn names(spans: &[OwnedSpan]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}
