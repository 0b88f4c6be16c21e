//! From the response's headers to the end of its body.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use pin_project_lite::pin_project;
use tracer_core::causes::Chain;
use tracer_core::http::{Call, Failure};
use tracer_core::short_type_name;

use crate::step::step;

pin_project! {
    /// The body of a traced response: the span ends with it. See the [module docs](crate::server).
    ///
    /// Its errors are boxed, as the transport would do next, because an error that is only `Into` a
    /// boxed one can say nothing before.
    #[derive(Debug)]
    pub struct TracedBody<B> {
        #[pin]
        inner: Option<B>,
        call: Call,
        left: Option<u64>,
    }

    impl<B> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _scope = this.call.enter();
            this.inner.set(None);
        }
    }
}

impl<B> TracedBody<B> {
    /// `left`: how many bytes are to come, where the transport sends no more, and nothing whole if fewer come.
    pub(super) fn new(inner: B, call: Call, left: Option<u64>) -> Self {
        Self {
            inner: Some(inner),
            call,
            left,
        }
    }
}

impl<B: MessageBody> MessageBody for TracedBody<B> {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.inner
            .as_ref()
            .map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        let mut slot = this.inner;
        let chunk = ready!(step(this.call, || {
            let Some(inner) = slot.as_mut().as_pin_mut() else {
                return Poll::Ready(None);
            };
            let polled = inner.poll_next(cx);
            if matches!(polled, Poll::Ready(None)) {
                // What it still holds goes while the span is current.
                slot.set(None);
            }
            polled
        }));
        Poll::Ready(match chunk {
            Some(Ok(bytes)) => {
                pass(this.call, this.left, &bytes);
                Some(Ok(bytes))
            }
            Some(Err(error)) => {
                let error = error.into();
                let kind = short_type_name::<B::Error>();
                this.call.fail(&Failure::new(kind, &Chain(&*error)));
                Some(Err(error))
            }
            None => {
                this.call.complete();
                None
            }
        })
    }

    fn try_into_bytes(mut self) -> Result<Bytes, Self> {
        let Some(inner) = self.inner.take() else {
            return Ok(Bytes::new());
        };
        match inner.try_into_bytes() {
            Ok(bytes) => {
                self.call.data(bytes.len(), &bytes);
                self.call.complete();
                Ok(bytes)
            }
            Err(inner) => {
                self.inner = Some(inner);
                Err(self)
            }
        }
    }
}

/// After the last byte of a known number nobody may poll again.
fn pass(call: &mut Call, left: &mut Option<u64>, bytes: &Bytes) {
    call.data(bytes.len(), bytes);
    if let Some(left) = left {
        *left = left.saturating_sub(bytes.len() as u64);
        if *left == 0 {
            call.complete();
        }
    }
}
