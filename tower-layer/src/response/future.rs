//! The future of a response.

use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use tracer_core::http::{BodySize, Call, ResponseView};

use super::body::ResponseBody;
use crate::carrier::{Headers, HeadersMut};
use crate::error::{FailureFn, ResponseError, fail};

pin_project_lite::pin_project! {
    /// The future of a response with the span of its request: current during every poll and while
    /// the inner future is dropped. Dropped before it is ready, the request was cancelled.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Option<F>,
        // Moves into the body.
        call: Call,
        matched: Option<bool>,
        failures: Option<FailureFn>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.inner.is_some() {
                let _scope = this.call.enter();
                this.inner.set(None);
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(crate) const fn new(
        inner: Option<F>,
        call: Call,
        matched: Option<bool>,
        failures: Option<FailureFn>,
    ) -> Self {
        Self {
            inner,
            call,
            matched,
            failures,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    E: fmt::Display + 'static,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let call = this.call;
        let mut inner = this.inner.as_mut();
        let caught = {
            let _scope = call.enter();
            catch_unwind(AssertUnwindSafe(|| poll_and_drop(&mut inner, cx)))
        };
        let mut polled = match caught {
            Ok(polled) => polled,
            Err(payload) => {
                call.panic(&*payload);
                resume_unwind(payload);
            }
        };
        let failures = *this.failures;
        match &mut polled {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(response)) => {
                call.write_trace_id(&mut HeadersMut(response.headers_mut()));
                if call.is_recording() {
                    tell(call, response, *this.matched);
                }
            }
            Poll::Ready(Err(error)) => fail(call, error, failures),
        }
        let call = mem::take(call);
        polled.map_ok(|response| response.map(|inner| ResponseBody::new(inner, call, failures)))
    }
}

/// Drops the future as soon as it is ready, under the same scope.
#[inline]
fn poll_and_drop<F: Future>(
    slot: &mut Pin<&mut Option<F>>,
    cx: &mut Context<'_>,
) -> Poll<F::Output> {
    let Some(inner) = slot.as_mut().as_pin_mut() else {
        return Poll::Pending;
    };
    let polled = inner.poll(cx);
    if polled.is_ready() {
        slot.set(None);
    }
    polled
}

/// Tells the call of the response's head.
fn tell<B: Body>(call: &mut Call, response: &Response<B>, matched: Option<bool>) {
    let status = response.status().as_u16();
    if let Some(error) = response.extensions().get::<ResponseError>() {
        call.explain(&error.failure().status(status));
    }
    let body = BodySize {
        ended: response.body().is_end_stream(),
        exact: response.body().size_hint().exact(),
    };
    let headers = Headers(response.headers());
    call.response(
        &ResponseView::new(status, &headers)
            .body(body)
            .matched(matched),
    );
}
