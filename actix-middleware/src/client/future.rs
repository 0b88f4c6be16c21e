//! From the request to the response's headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_http::Payload;
use awc::error::{ConnectError, SendRequestError};
use awc::{ClientResponse, ConnectResponse};
use pin_project_lite::pin_project;
use tracer_core::http::{BodySize, Call, Failure, ResponseView};

use super::payload::TracedPayload;
use crate::carrier::Headers;
use crate::step::step;

pin_project! {
    /// The response to a traced request. See the [module docs](crate::client).
    ///
    /// Dropped before it is ready, the request is given up: the span ends with `cancelled=true`.
    #[derive(Debug)]
    pub struct ClientTracingFuture<F> {
        #[pin]
        inner: Option<F>,
        call: Option<Call>,
    }

    impl<F> PinnedDrop for ClientTracingFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(call) = this.call {
                let _scope = call.enter();
                this.inner.set(None);
            }
        }
    }
}

impl<F> ClientTracingFuture<F> {
    pub(super) fn new(inner: F, call: Option<Call>) -> Self {
        Self {
            inner: Some(inner),
            call,
        }
    }
}

impl<F> Future for ClientTracingFuture<F>
where
    F: Future<Output = Result<ConnectResponse, SendRequestError>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let mut poll = || {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            let polled = inner.poll(cx);
            if polled.is_ready() {
                // What it still holds goes while the span is current.
                this.inner.set(None);
            }
            polled
        };
        let result = ready!(match this.call {
            Some(call) => step(call, poll),
            None => poll(),
        });
        let Some(mut call) = this.call.take() else {
            return Poll::Ready(result);
        };
        Poll::Ready(match result {
            Ok(ConnectResponse::Client(response)) => {
                Ok(ConnectResponse::Client(respond(call, response)))
            }
            Ok(ConnectResponse::Tunnel(head, framed)) => {
                let headers = Headers(&head.headers);
                let view = ResponseView::new(head.status.as_u16(), &headers);
                call.response(&view.body(BodySize::ENDED));
                Ok(ConnectResponse::Tunnel(head, framed))
            }
            Err(error) => {
                call.fail(&Failure::new(kind_of(&error), &error));
                Err(error)
            }
        })
    }
}

fn respond(mut call: Call, response: ClientResponse) -> ClientResponse {
    if !call.is_recording() {
        return response;
    }
    response.map_body(|head, payload| {
        let headers = Headers(&head.headers);
        let size = match payload {
            Payload::None => BodySize::ENDED,
            _ => BodySize::UNKNOWN,
        };
        let view = ResponseView::new(head.status.as_u16(), &headers).body(size);
        call.response(&view);
        if !call.is_recording() {
            return payload;
        }
        let left = view.length();
        let payload: actix_http::BoxedPayloadStream =
            Box::pin(TracedPayload::new(payload, call, left));
        Payload::Stream { payload }
    })
}

fn kind_of(error: &SendRequestError) -> &'static str {
    match error {
        SendRequestError::Timeout | SendRequestError::Connect(ConnectError::Timeout) => "timeout",
        SendRequestError::Connect(_) => "ConnectError",
        _ => "SendRequestError",
    }
}
