//! Children of spans, recorded or not.

use super::OpenSpan;
use super::handle::{Inner, SpanRef};
use crate::context::SpanContext;
use crate::id::SpanId;
use crate::tag::Kind;
use crate::tracer::{Parent, SpanStart};

impl SpanRef {
    /// Starts a child of this span, whose parent in `start` is ignored. The child of a bare context
    /// is a bare context: the same one, but CLIENT and PRODUCER spans get an id of their own, and
    /// `start.priority` is its decision. The caller's own context under "propagate only" stays as
    /// it came.
    #[inline(always)]
    pub fn start_child(&self, start: SpanStart<'_>) -> OpenSpan {
        // In line, because it is hardly more than a copy, and every further copy of what is said
        // about a child costs as much again.
        match &self.0 {
            Inner::Context(context) => bare_child(context, &start),
            Inner::Recording { span, extra } => span.start_child(SpanStart {
                parent: Parent::Local(self),
                extra: start.extra.or(extra.as_ref()),
                ..start
            }),
            Inner::None | Inner::Bare { .. } => self.start_child_of_none(),
        }
    }

    #[inline(never)]
    fn start_child_of_none(&self) -> OpenSpan {
        OpenSpan::from_ref(self.clone())
    }
}

#[inline]
fn bare_child(context: &SpanContext, start: &SpanStart<'_>) -> OpenSpan {
    let extra = start.extra.or(context.extra()).cloned();
    let priority = start.priority.filter(|_| !context.is_pass());
    let sampling = context.sampling().told(priority);
    let called = matches!(start.kind, Kind::Client | Kind::Producer);
    OpenSpan::from_context(if called && !context.is_pass() {
        context.child_with(SpanId::random(), sampling, extra)
    } else {
        context.unmarked(sampling, extra)
    })
}
