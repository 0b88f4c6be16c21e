//! The future of a response.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Response;
use http_body::Body;
use tracer_core::http::{BodySize, Call, ResponseView};

use super::body::ResponseBody;
use crate::carrier::{Headers, HeadersMut};
use crate::error::{FailureFn, ResponseError, fail};
use crate::facts::matched_after;

pin_project_lite::pin_project! {
    /// The future of a response with the span of its request: current during every poll and while
    /// the inner future is dropped. Dropped before it is ready, the request was cancelled.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Option<F>,
        // Moves into the body.
        call: Option<Call>,
        matched: Option<bool>,
        failures: Option<FailureFn>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(call) = this.call {
                let _scope = call.enter();
                this.inner.set(None);
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) const fn new(inner: F, call: Call, matched: Option<bool>) -> Self {
        Self {
            inner: Some(inner),
            call: Some(call),
            matched,
            failures: None,
        }
    }

    /// Who knows what errors mean.
    pub(crate) const fn failures(mut self, failures: Option<FailureFn>) -> Self {
        self.failures = failures;
        self
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
        let (Some(inner), Some(call)) = (this.inner.as_mut().as_pin_mut(), this.call.as_mut())
        else {
            // Polled after it was ready: nothing can be returned any more.
            return Poll::Pending;
        };
        let polled = if call.is_recording() {
            let polled = {
                let _scope = call.enter();
                catch_unwind(AssertUnwindSafe(|| inner.poll(cx)))
            };
            polled.unwrap_or_else(|payload| {
                call.panic(&*payload);
                resume_unwind(payload)
            })
        } else {
            let _scope = call.enter();
            inner.poll(cx)
        };
        let Poll::Ready(result) = polled else {
            return Poll::Pending;
        };
        {
            let _scope = call.enter();
            this.inner.set(None);
        }
        let failures = *this.failures;
        let Some(mut call) = this.call.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(mut response) => {
                call.write_trace_id(&mut HeadersMut(response.headers_mut()));
                if call.is_recording() {
                    tell(&mut call, &response, *this.matched);
                }
                Ok(response.map(|body| ResponseBody::new(body, call, failures)))
            }
            Err(error) => {
                fail(&mut call, &error, failures);
                Err(error)
            }
        })
    }
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
            .matched(matched_after(matched, response.extensions())),
    );
}
