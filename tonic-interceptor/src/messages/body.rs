//! A body whose messages are watched.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::watch::Watch;

pin_project_lite::pin_project! {
    /// A body whose messages are watched as they pass.
    #[derive(Debug)]
    pub struct MessageBody<B> {
        #[pin]
        inner: B,
        watch: Option<Watch>,
    }
}

impl<B> MessageBody<B> {
    pub(super) const fn new(inner: B, watch: Option<Watch>) -> Self {
        Self { inner, watch }
    }
}

impl<B: Body<Data = Bytes>> Body for MessageBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(cx);
        if let (Some(watch), Poll::Ready(Some(Ok(frame)))) = (this.watch, &polled)
            && let Some(data) = frame.data_ref()
        {
            watch.pass(data);
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
