//! The layer by hand.

use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::context::{Ids, read, swap};
use super::record::{Record, push};
use crate::case::ROUTE;

/// The service with the least tracing that is any.
#[derive(Clone, Debug)]
pub struct Floor<S> {
    inner: S,
    samples: bool,
}

impl<S> Floor<S> {
    /// Puts it round a service; `samples`: what it decides where the caller has not.
    pub fn new(inner: S, samples: bool) -> Self {
        Self { inner, samples }
    }
}

#[inline(always)]
fn ticks() -> u64 {
    static CLOCK: LazyLock<quanta::Clock> = LazyLock::new(quanta::Clock::new);
    CLOCK.raw()
}

/// A span under way, if it is recorded.
#[derive(Debug)]
struct Open {
    ids: Ids,
    start: u64,
    status: u16,
}

impl Open {
    #[inline(always)]
    fn finish(&self) {
        let texts = ["GET /users/{id}", "GET", ROUTE, "axum"];
        push(Record::new(
            self.ids,
            self.start,
            ticks(),
            self.status,
            texts,
        ));
    }
}

impl<S, B, R> Service<Request<B>> for Floor<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<FloorBody<R>>;
    type Error = S::Error;
    type Future = FloorFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline(always)]
    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (ids, decided) = read(request.headers());
        let open = decided.unwrap_or(self.samples).then(|| Open {
            ids,
            start: ticks(),
            status: 0,
        });
        let before = swap(ids);
        let inner = self.inner.call(request);
        swap(before);
        FloorFuture { inner, open }
    }
}

pin_project! {
    /// The future of a response.
    #[derive(Debug)]
    pub struct FloorFuture<F> {
        #[pin]
        inner: F,
        open: Option<Open>,
    }
}

impl<F, B, E> Future for FloorFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<FloorBody<B>>, E>;

    #[inline(always)]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Poll::Ready(result) = this.inner.poll(cx) else {
            return Poll::Pending;
        };
        let mut open = this.open.take();
        Poll::Ready(result.map(|response| {
            if let Some(open) = &mut open {
                open.status = response.status().as_u16();
            }
            response.map(|inner| FloorBody { inner, open })
        }))
    }
}

pin_project! {
    /// The body; its end is the end of the span.
    #[derive(Debug)]
    pub struct FloorBody<B> {
        #[pin]
        inner: B,
        open: Option<Open>,
    }
}

impl<B: Body> Body for FloorBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline(always)]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(cx);
        if let Poll::Ready(None) = polled
            && let Some(open) = this.open.take()
        {
            open.finish();
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
