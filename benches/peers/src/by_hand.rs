//! A layer for libraries that bring none, or one that records less: the span is current while the
//! request is served and ends with the body, with its status.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_service::Service;

/// What a library does for a span; dropping it ends it.
pub trait Span: Sized {
    /// The span is current while this lives.
    type Guard;

    /// Starts the span of a request.
    fn start<Q>(request: &Request<Q>) -> Self;

    /// Makes it current.
    fn enter(&self) -> Self::Guard;

    /// Records the status.
    fn status(&mut self, status: u16);

    /// Records what comes after the body.
    fn trailers(&mut self, _: &HeaderMap) {}
}

/// No span at all: what it takes to stand round a service.
impl Span for () {
    type Guard = ();

    fn start<Q>(_: &Request<Q>) {}

    fn enter(&self) {}

    fn status(&mut self, _: u16) {}
}

/// The service with such spans.
pub struct ByHand<S, P> {
    inner: S,
    span: PhantomData<fn() -> P>,
}

impl<S: Clone, P> Clone for ByHand<S, P> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone())
    }
}

impl<S, P> ByHand<S, P> {
    /// Round this service.
    pub const fn new(inner: S) -> Self {
        Self {
            inner,
            span: PhantomData,
        }
    }
}

impl<S, Q, R, P> Service<Request<Q>> for ByHand<S, P>
where
    S: Service<Request<Q>, Response = Response<R>>,
    P: Span,
{
    type Response = Response<SpanBody<R, P>>;
    type Error = S::Error;
    type Future = SpanFuture<S::Future, P>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let span = P::start(&request);
        let inner = {
            let _guard = span.enter();
            self.inner.call(request)
        };
        SpanFuture {
            inner,
            span: Some(span),
        }
    }
}

pin_project! {
    /// The future of a response.
    pub struct SpanFuture<F, P> {
        #[pin]
        inner: F,
        span: Option<P>,
    }
}

impl<F, B, E, P> Future for SpanFuture<F, P>
where
    F: Future<Output = Result<Response<B>, E>>,
    P: Span,
{
    type Output = Result<Response<SpanBody<B, P>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = {
            let _guard = this.span.as_ref().map(Span::enter);
            this.inner.poll(cx)
        };
        let Poll::Ready(result) = polled else {
            return Poll::Pending;
        };
        let mut span = this.span.take();
        Poll::Ready(result.map(|response| {
            if let Some(span) = &mut span {
                span.status(response.status().as_u16());
            }
            response.map(|inner| SpanBody { inner, span })
        }))
    }
}

pin_project! {
    /// The body; its end is the end of the span.
    pub struct SpanBody<B, P> {
        #[pin]
        inner: B,
        span: Option<P>,
    }
}

impl<B: Body, P: Span> Body for SpanBody<B, P> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let polled = {
            let _guard = this.span.as_ref().map(Span::enter);
            this.inner.poll_frame(cx)
        };
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(span), Some(trailers)) = (this.span, frame.trailers_ref()) {
                    span.trailers(trailers);
                }
            }
            Poll::Ready(_) => *this.span = None,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
