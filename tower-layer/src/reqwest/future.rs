//! The future of a response of reqwest.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::reqwest::{Body, Response, ResponseBuilderExt};
use tracer_core::current::InSpan;

use crate::response::ResponseFuture;

pin_project_lite::pin_project! {
    /// The future of a response of reqwest with the span of its request. Dropped before it is
    /// ready, the request was cancelled.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct TracedFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project_lite::pin_project! {
    #[project = StateProjection]
    #[derive(Debug)]
    enum State<F> {
        Traced { #[pin] inner: ResponseFuture<ToHttp<F>> },
        // Nothing is recorded: the response stays as it is.
        Bare { #[pin] inner: InSpan<F> },
    }
}

impl<F> TracedFuture<F> {
    pub(super) const fn traced(inner: ResponseFuture<ToHttp<F>>) -> Self {
        let state = State::Traced { inner };
        Self { state }
    }

    pub(super) const fn bare(inner: InSpan<F>) -> Self {
        let state = State::Bare { inner };
        Self { state }
    }
}

impl<F, E> Future for TracedFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: fmt::Display + 'static,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Traced { inner } => {
                let response = ready!(inner.poll(cx))?;
                Poll::Ready(Ok(response.map(Body::wrap).into()))
            }
            StateProjection::Bare { inner } => inner.poll(cx),
        }
    }
}

pin_project_lite::pin_project! {
    /// Shows a response of reqwest as one of `http`.
    #[derive(Debug)]
    pub(super) struct ToHttp<F> {
        #[pin]
        inner: F,
    }
}

impl<F> ToHttp<F> {
    pub(super) const fn new(inner: F) -> Self {
        Self { inner }
    }
}

impl<F, E> Future for ToHttp<F>
where
    F: Future<Output = Result<Response, E>>,
{
    type Output = Result<http::Response<Body>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().inner.poll(cx))?;
        // Reqwest drops the URL on the way to `http` and looks for it on the way back.
        let url = http::Response::builder().url(response.url().clone());
        let mut response = http::Response::from(response);
        if let Ok(url) = url.body(()) {
            let (parts, ()) = url.into_parts();
            response.extensions_mut().extend(parts.extensions);
        }
        Poll::Ready(Ok(response))
    }
}
