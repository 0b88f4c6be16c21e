//! Futures that take a span along.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::in_flight::InFlight;
use crate::span::{OpenSpan, SpanRef};

/// A span that a future takes along: owned (it ends with the future) or only current.
#[derive(Debug)]
pub struct Along(InFlight);

impl From<OpenSpan> for Along {
    fn from(span: OpenSpan) -> Self {
        Self(InFlight::new(span))
    }
}

impl From<SpanRef> for Along {
    fn from(span: SpanRef) -> Self {
        Self(InFlight::borrowed(span))
    }
}

impl From<&SpanRef> for Along {
    fn from(span: &SpanRef) -> Self {
        Self(InFlight::borrowed(span.clone()))
    }
}

/// Only current, as for its handle.
impl From<&OpenSpan> for Along {
    fn from(span: &OpenSpan) -> Self {
        Self::from(span.handle())
    }
}

/// Futures that take a span along.
pub trait FutureExt: Future + Sized {
    /// The span is current during every poll and while the future is dropped. An
    /// [`OpenSpan`] finishes when the future completes; dropped earlier it is tagged
    /// `cancelled=true`. A panic is an error of the span and goes on unchanged. An `Err` is none by itself;
    /// the work can say so, as its span is current:
    ///
    /// ```
    /// use tracer_core::current::FutureExt;
    /// use tracer_core::testing::MockTracer;
    /// use tracer_core::{SpanRef, TracerExt};
    ///
    /// # async fn read() -> Result<(), std::io::Error> { Err(std::io::Error::other("no shelf")) }
    /// let tracer = MockTracer::new();
    /// let load = async { read().await.inspect_err(|error| SpanRef::current().set_error(error)) };
    /// let load = load.in_span(tracer.span("load").start());
    /// # let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// # assert!(std::pin::pin!(load).poll(&mut context).is_ready());
    /// # assert!(tracer.finished()[0].error.is_some());
    /// ```
    ///
    /// A [`SpanRef`] is only current, as for `tokio::spawn`:
    /// `tokio::spawn(work.in_span(SpanRef::current()))`.
    fn in_span(self, span: impl Into<Along>) -> InSpan<Self> {
        InSpan {
            inner: Some(self),
            flight: span.into().0,
        }
    }
}

impl<F: Future> FutureExt for F {}

pin_project_lite::pin_project! {
    /// A future with a span; see [`FutureExt::in_span`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F> {
        #[pin]
        inner: Option<F>,
        flight: InFlight,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _scope = this.flight.enter();
            this.inner.set(None);
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            // Polled after it was dropped in place: nothing can be returned any more.
            return Poll::Pending;
        };
        if !this.flight.is_recording() {
            let _scope = this.flight.enter();
            return inner.poll(cx);
        }
        // Executors catch panics and drop the future afterwards: it would look cancelled.
        let polled = {
            let _scope = this.flight.enter();
            catch_unwind(AssertUnwindSafe(|| inner.poll(cx)))
        };
        let polled = polled.unwrap_or_else(|payload| {
            this.flight.panicked(&*payload);
            resume_unwind(payload)
        });
        if polled.is_ready() {
            this.flight.end(crate::tag::End::default());
        }
        polled
    }
}
