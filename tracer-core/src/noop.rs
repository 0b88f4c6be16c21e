//! The tracer that does nothing.

use std::time::Duration;

use crate::carrier::{Extract, Inject};
use crate::context::Extracted;
use crate::span::{OpenSpan, SpanRef};
use crate::tracer::{FlushError, SpanStart, Tracer};

/// Reads nothing, writes nothing, records nothing, allocates nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoopTracer;

impl Tracer for NoopTracer {
    fn start_span(&self, _: SpanStart<'_>) -> OpenSpan {
        OpenSpan::none()
    }

    fn is_enabled(&self) -> bool {
        false
    }

    fn extract(&self, _: &dyn Extract) -> Extracted {
        Extracted::absent()
    }

    fn inject(&self, _: &SpanRef, _: &mut dyn Inject) {}

    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Ok(())
    }
}
