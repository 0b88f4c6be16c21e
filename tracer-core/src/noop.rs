//! The tracer that does nothing.

use std::time::Duration;

use crate::carrier::{Extract, Inject};
use crate::context::Extracted;
use crate::span::{OpenSpan, SpanRef};
use crate::tracer::{FlushError, Parent, SpanStart, Tracer};

/// Reads nothing, writes nothing, records nothing, allocates nothing. Its spans hand on their parent: a
/// library that nobody gave a tracer does not cut the trace of who calls it.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoopTracer;

impl Tracer for NoopTracer {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        match start.parent {
            Parent::Local(span) => OpenSpan::carrying(span),
            Parent::ChildOf(context) | Parent::Follows(context) => {
                OpenSpan::carrying(&SpanRef::from_context(context.clone()))
            }
            Parent::None | Parent::Remote(_) => OpenSpan::none(),
        }
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
