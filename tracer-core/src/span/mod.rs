//! Spans: what a vendor implements, the one owner, and the handles.

mod child;
mod handle;
mod owner;

use std::sync::Arc;
use std::time::SystemTime;

use crate::context::SpanContext;
use crate::sampling::Sampling;
use crate::tag::{End, Endpoint, Error, Kind, Name, Tag};
use crate::tracer::SpanStart;

pub(crate) use handle::Inner;
pub use handle::SpanRef;
pub use owner::OpenSpan;

/// A span that is being recorded. What a vendor implements.
///
/// Every method may be called from any thread, also after the end, when all but
/// [`start_child`](Self::start_child) do nothing.
pub trait Span: Send + Sync {
    /// The identity. It does not change during a span's life.
    fn context(&self) -> &SpanContext;

    /// The role.
    fn kind(&self) -> Kind;

    /// The decision as it stands now: the context's, unless it was changed since.
    fn sampling(&self) -> Sampling {
        self.context().sampling()
    }

    /// Starts a child, also after this span has ended. `start.parent` is this span, whatever it
    /// says. A child that is recorded is described, as [`Tracer::start_span`](crate::Tracer::start_span) says.
    fn start_child(&self, start: SpanStart<'_>) -> OpenSpan;

    /// Replaces the name.
    fn set_name(&self, name: Name<'_>);

    /// Replaces the name, unless [`set_name`](Self::set_name) was called: what a handler said beats
    /// what a layer finds out later. The same as `set_name` from a vendor that cannot tell.
    fn set_late_name(&self, name: Name<'_>) {
        self.set_name(name);
    }

    /// Replaces the kind.
    fn set_kind(&self, kind: Kind);

    /// Changes the decision for this span and for what starts below it from now on.
    fn set_sampling(&self, sampling: Sampling);

    /// Sets many tags under one lock. A tag set twice keeps the last value.
    fn set_tags(&self, tags: &[Tag<'_>]);

    /// As [`set_tags`](Self::set_tags), for the one who holds the only handle: no lock is needed.
    fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        self.set_tags(tags);
    }

    /// Adds an event, at a time or now.
    fn log(&self, at: Option<SystemTime>, fields: &[Tag<'_>]);

    /// Adds to what is known about the other side; fields that are `None` stay as they were.
    fn set_remote(&self, peer: Endpoint<'_>);

    /// As [`set_remote`](Self::set_remote), for the one who holds the only handle.
    fn set_remote_mut(&mut self, peer: Endpoint<'_>) {
        self.set_remote(peer);
    }

    /// Marks the span as failed. The last error counts.
    fn set_error(&self, error: Option<Error<'_>>);

    /// True if the span is marked as failed. A layer asks before it derives an error from a bare
    /// status, so that what a handler said wins. False from a vendor that cannot tell.
    fn has_error(&self) -> bool {
        false
    }

    /// Ends the span and hands it to the reporter. It gets its handle back, so that it can be
    /// used again if nobody else holds one.
    fn finish(self: Arc<Self>, end: End<'_>);

    /// Ends the span without reporting it.
    fn abandon(self: Arc<Self>);
}
