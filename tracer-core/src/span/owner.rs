//! The one owner of a span.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::{Inner, Span, SpanRef};
use crate::context::SpanContext;
use crate::in_flight::PANIC;
use crate::tag::{End, Error, Tag};

/// The one owner of a span: finishes it exactly once, also on drop; dropped by a panic, it marks
/// the span as failed.
///
/// Everything that a handle can do, it can do too (it dereferences to its [`SpanRef`]). It is
/// `Send + Sync`: an `Arc<OpenSpan>` finishes with its last holder.
#[must_use = "a span that is dropped at once has no duration"]
pub struct OpenSpan {
    span: SpanRef,
}

impl OpenSpan {
    /// No span.
    pub const fn none() -> Self {
        Self {
            span: SpanRef::none(),
        }
    }

    /// A span that is carried, not recorded.
    pub const fn from_context(context: SpanContext) -> Self {
        Self {
            span: SpanRef::from_context(context),
        }
    }

    /// A span that is recorded. For vendors: nobody else may own it.
    pub fn recording(span: Arc<dyn Span>) -> Self {
        Self {
            span: SpanRef(Inner::Recording { span, extra: None }),
        }
    }

    /// What a caller sent, to be handed on as it came: "propagate only".
    pub fn pass_through(extracted: &crate::context::Extracted) -> Self {
        Self::from_ref(SpanRef(match extracted.span_context() {
            Some(context) => {
                let mut context = context.clone();
                context.mark_pass();
                context.mark_entry();
                Inner::Context(context)
            }
            None => Inner::Bare {
                sampling: extracted.sampling(),
                pass: true,
                extra: extracted.extra().cloned(),
            },
        }))
    }

    /// A span below this one that nobody records: what is carried is the same, and whoever records below it is
    /// a child of that. For tracers that record nothing.
    pub fn carrying(span: &SpanRef) -> Self {
        Self::from_ref(match span.context() {
            Some(context) => {
                SpanRef::from_context(context.unmarked(span.sampling(), span.extra().cloned()))
            }
            None => span.clone(),
        })
    }

    pub(crate) const fn from_ref(span: SpanRef) -> Self {
        Self { span }
    }

    /// A handle.
    pub fn handle(&self) -> SpanRef {
        self.span.clone()
    }

    /// As [`SpanRef::set_tags`], without a lock while there is no other handle.
    pub fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        if let Inner::Recording { span, .. } = &mut self.span.0 {
            match Arc::get_mut(span) {
                Some(span) => span.set_tags_mut(tags),
                None => span.set_tags(tags),
            }
        }
    }

    /// Finishes the span now.
    #[inline(always)]
    pub fn finish(self) {
        self.finish_with(End::default());
    }

    /// Finishes the span at a given time.
    pub fn finish_at(self, at: SystemTime) {
        self.finish_with(End {
            at: Some(at),
            ..End::default()
        });
    }

    /// Finishes the span with what is known only at the end.
    #[inline(always)]
    pub fn finish_with(self, end: End<'_>) {
        match &self.span.0 {
            // Nothing to end and nothing to free: to find that out costs more than all the rest.
            Inner::Context(context) if context.extra().is_none() => std::mem::forget(self),
            _ => self.finish_held(end),
        }
    }

    #[inline(never)]
    fn finish_held(self, end: End<'_>) {
        finish(self.into_ref(), end);
    }

    /// Gives the span up: it is not reported.
    pub fn abandon(self) {
        if let Inner::Recording { span, .. } = self.into_ref().0 {
            span.abandon();
        }
    }

    #[inline]
    pub(crate) fn into_ref(mut self) -> SpanRef {
        let span = std::mem::take(&mut self.span);
        // Nothing is left to drop.
        std::mem::forget(self);
        span
    }
}

#[inline]
fn finish(span: SpanRef, end: End<'_>) {
    if let Inner::Recording { span, extra } = span.0 {
        drop(extra);
        span.finish(end);
    }
}

impl std::ops::Deref for OpenSpan {
    type Target = SpanRef;

    fn deref(&self) -> &SpanRef {
        &self.span
    }
}

impl Drop for OpenSpan {
    #[inline]
    fn drop(&mut self) {
        if self.span.is_recording() {
            dropped(std::mem::take(&mut self.span));
        }
    }
}

/// Ends a span whose owner was dropped.
#[cold]
fn dropped(span: SpanRef) {
    // Unwound: whatever the span stood for did not succeed.
    let error = std::thread::panicking().then(|| Error::kind(PANIC));
    let end = End {
        error,
        ..End::default()
    };
    finish(span, end);
}

impl fmt::Debug for OpenSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Open{:?}", self.span)
    }
}
