//! The body of a response: its end is the end of the span.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use tracer_core::http::Call;

use crate::carrier::Headers;
use crate::error::{FailureFn, fail};

pin_project_lite::pin_project! {
    /// A response's body with the span of its request: current during every poll and while the body
    /// is dropped. The span ends with the trailers, the last frame, an error, or the drop of this.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        // `None` only while this is dropped.
        #[pin]
        inner: Option<B>,
        call: Call,
        failures: Option<FailureFn>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                let _scope = this.call.enter();
                this.inner.set(None);
            }
        }
    }
}

impl<B> ResponseBody<B> {
    pub(crate) const fn new(inner: B, call: Call, failures: Option<FailureFn>) -> Self {
        Self {
            inner: Some(inner),
            call,
            failures,
        }
    }
}

/// An empty body that no layer has seen, with which layers further out answer in the place of what they
/// are round.
impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::new(B::default(), Call::default(), None)
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body,
    B::Error: fmt::Display + 'static,
{
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let mut inner = this.inner;
        if this.call.is_recording() {
            return poll_recorded(inner, this.call, *this.failures, cx);
        }
        let _scope = this.call.enter();
        poll_and_drop(&mut inner, cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

/// What a poll of a body returns.
type Polled<B> = Poll<Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>>;

// Not in line: a poll that is not recorded, as is the one behind the end of most bodies, need not be
// ready for it.
#[inline(never)]
fn poll_recorded<B>(
    mut inner: Pin<&mut Option<B>>,
    call: &mut Call,
    failures: Option<FailureFn>,
    cx: &mut Context<'_>,
) -> Polled<B>
where
    B: Body,
    B::Error: fmt::Display + 'static,
{
    let caught = {
        let _scope = call.enter();
        catch_unwind(AssertUnwindSafe(|| poll_and_drop(&mut inner, cx)))
    };
    let polled = match caught {
        Ok(polled) => polled,
        Err(payload) => {
            call.panic(&*payload);
            resume_unwind(payload);
        }
    };
    match &polled {
        Poll::Pending => {}
        Poll::Ready(None) => call.complete(),
        Poll::Ready(Some(Err(error))) => fail(call, error, failures),
        Poll::Ready(Some(Ok(frame))) => {
            if let Some(trailers) = frame.trailers_ref() {
                call.trailers(&Headers(trailers));
            } else if let Some(data) = frame.data_ref() {
                call.data(data.remaining(), data.chunk());
                // Nobody has to poll again.
                if inner
                    .as_ref()
                    .as_pin_ref()
                    .is_none_or(|inner| inner.is_end_stream())
                {
                    call.data_ended();
                }
            }
        }
    }
    polled
}

/// Drops the body as soon as it has ended, under the same scope.
#[inline]
fn poll_and_drop<B: Body>(slot: &mut Pin<&mut Option<B>>, cx: &mut Context<'_>) -> Polled<B> {
    let Some(inner) = slot.as_mut().as_pin_mut() else {
        return Poll::Ready(None);
    };
    let polled = inner.poll_frame(cx);
    if matches!(polled, Poll::Ready(None)) {
        slot.set(None);
    }
    polled
}
