//! Where finished spans go.

use std::sync::Arc;
use std::time::Duration;

use tracer_core::FlushError;

use crate::finished::FinishedSpan;
use crate::guard::{Watching, guarded};
use crate::message::Recorded;

/// Takes finished spans.
///
/// `report` runs on the request's thread: it must never block or wait for I/O. It is lent a view;
/// what it keeps, it copies. If it panics, the panic is caught, and the span is lost. Traces that begin within
/// `report` are not recorded, and spans that end there not reported: they would call it again and again.
pub trait Reporter: Send + Sync {
    /// Takes a span.
    fn report(&self, span: &FinishedSpan<'_>);

    /// Takes a span from its recorder. The same as [`report`](Self::report), unless a reporter can
    /// copy it without a look at it.
    fn take(&self, span: &Recorded<'_>) {
        if let Some(_watching) = Watching::begin() {
            self.report(&span.view());
        }
    }

    /// Whether a SERVER span may share the id of the CLIENT span that called it, as Zipkin's model
    /// allows.
    fn supports_join(&self) -> bool {
        false
    }

    /// Whether spans are to be recorded and reported here although their trace is not sampled: for
    /// stages that choose later. A tracer asks when it is built; who lends to several reporters, or stands
    /// before others, may ask with every such span: the answer stays the same. A reporter that says false never
    /// sees one.
    fn wants_unsampled(&self) -> bool {
        false
    }

    /// Waits until everything reported before is delivered or counted as lost. Blocks.
    ///
    /// # Errors
    ///
    /// [`FlushError`] when the time is up or spans were lost.
    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let _ = timeout;
        Ok(())
    }

    /// A tracer begins to report here. Whoever wraps a reporter hands this and
    /// [`detached`](Self::detached) on: one that is not told closes only when its last handle goes, and
    /// waits on whatever thread that is.
    fn attached(&self) {}

    /// A tracer will report no more. When the last one has gone, a reporter with a thread drains
    /// its queue within a short time and ends. (Recorders that threads keep for later use still
    /// point here, so dropping is no sign.)
    fn detached(&self) {}
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<R: Reporter + ?Sized> Reporter for $pointer<R> {
            fn report(&self, span: &FinishedSpan<'_>) {
                (**self).report(span);
            }

            fn take(&self, span: &Recorded<'_>) {
                (**self).take(span);
            }

            fn supports_join(&self) -> bool {
                (**self).supports_join()
            }

            fn wants_unsampled(&self) -> bool {
                (**self).wants_unsampled()
            }

            fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
                (**self).flush(timeout)
            }

            fn attached(&self) {
                (**self).attached();
            }

            fn detached(&self) {
                (**self).detached();
            }
        }
    )*};
}
forward!(Box, Arc);

/// What it says of itself; one that panics says no.
pub(crate) fn says<R: Reporter>(reporter: &R, what: impl FnOnce(&R) -> bool) -> bool {
    guarded(|| what(reporter)).unwrap_or(false)
}

/// A reporter at arm's length: what only watches a request must not break it.
pub(crate) struct Guarded<R>(pub(crate) R);

impl<R: Reporter> Reporter for Guarded<R> {
    fn report(&self, span: &FinishedSpan<'_>) {
        let _ = guarded(|| self.0.report(span));
    }

    #[inline]
    fn take(&self, span: &Recorded<'_>) {
        let _ = guarded(|| self.0.take(span));
    }

    fn supports_join(&self) -> bool {
        says(&self.0, R::supports_join)
    }

    fn wants_unsampled(&self) -> bool {
        says(&self.0, R::wants_unsampled)
    }

    /// One that panics is late: nobody knows what is delivered.
    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        guarded(|| self.0.flush(timeout)).unwrap_or_else(|_| Err(FlushError::timeout()))
    }

    fn attached(&self) {
        let _ = guarded(|| self.0.attached());
    }

    fn detached(&self) {
        let _ = guarded(|| self.0.detached());
    }
}

/// Forgets every span.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullReporter;

impl Reporter for NullReporter {
    fn report(&self, _: &FinishedSpan<'_>) {}
}
