//! The future of a response whose messages are watched.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;

use super::body::MessageBody;
use super::watch::Watch;

pin_project_lite::pin_project! {
    /// The future of [`Messages`](super::Messages).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct MessageFuture<F> {
        #[pin]
        inner: F,
        watch: Option<Watch>,
    }
}

impl<F> MessageFuture<F> {
    pub(super) const fn new(inner: F, watch: Option<Watch>) -> Self {
        Self { inner, watch }
    }
}

impl<F, R, E> Future for MessageFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<MessageBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        Poll::Ready(result.map(|response| {
            let watch = this.watch.take();
            response.map(|body| MessageBody::new(body, watch))
        }))
    }
}
