//! From the response's headers to the end of its body.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_http::Payload;
use actix_http::error::PayloadError;
use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use tracer_core::http::{Call, Failure};

use crate::step::step;

pin_project! {
    /// A body with whose end the span ends. The inner body is declared first, so that it is dropped
    /// before the span ends.
    pub(super) struct TracedPayload {
        #[pin]
        inner: Payload,
        call: Call,
        left: Option<u64>,
    }
}

impl TracedPayload {
    /// `left`: how many bytes are to come, if that is known.
    pub(super) fn new(inner: Payload, call: Call, left: Option<u64>) -> Self {
        Self { inner, call, left }
    }
}

impl Stream for TracedPayload {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let inner = this.inner;
        let chunk = ready!(step(this.call, || inner.poll_next(cx)));
        match &chunk {
            Some(Ok(bytes)) => {
                this.call.data(bytes.len(), bytes);
                if let Some(left) = this.left {
                    *left = left.saturating_sub(bytes.len() as u64);
                    if *left == 0 {
                        this.call.complete();
                    }
                }
            }
            Some(Err(error)) => this.call.fail(&Failure::new("PayloadError", error)),
            // awc takes a connection that breaks for the end of the body.
            None if this.left.is_some_and(|left| left > 0) => {
                let error = PayloadError::Incomplete(None);
                this.call.fail(&Failure::new("PayloadError", &error));
            }
            None => this.call.complete(),
        }
        Poll::Ready(chunk)
    }
}
