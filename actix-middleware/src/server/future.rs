//! From the request to the response's headers.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, Version};
use pin_project_lite::pin_project;
use tracer_core::http::{Call, Failure, ResponseView};

use super::body::TracedBody;
use super::view::body_size;
use crate::carrier::{Headers, HeadersMut};
use crate::step::step;

pin_project! {
    /// The response of a traced service. See the [module docs](crate::server).
    ///
    /// Dropped before it is ready, it drops the inner future while the span is current, and the
    /// span ends with `cancelled=true`.
    #[derive(Debug)]
    pub struct TracingFuture<F> {
        #[pin]
        inner: Option<F>,
        call: Option<Call>,
    }

    impl<F> PinnedDrop for TracingFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(call) = this.call {
                let _scope = call.enter();
                this.inner.set(None);
            }
        }
    }
}

impl<F> TracingFuture<F> {
    pub(super) fn new(inner: F, call: Call) -> Self {
        Self {
            inner: Some(inner),
            call: Some(call),
        }
    }
}

impl<F, B> Future for TracingFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<TracedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(call) = this.call else {
            return Poll::Pending;
        };
        let result = ready!(step(call, || {
            let Some(inner) = this.inner.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            let polled = inner.poll(cx);
            if polled.is_ready() {
                // What it still holds goes while the span is current.
                this.inner.set(None);
            }
            polled
        }));
        let Some(mut call) = this.call.take() else {
            return Poll::Pending;
        };
        Poll::Ready(match result {
            Ok(response) => Ok(respond(call, response)),
            Err(mut error) => {
                tell_trace(&call, &mut error);
                if call.is_recording() {
                    let status = error.as_response_error().status_code();
                    call.fail(&Failure::new(status.as_str(), &error).status(status.as_u16()));
                }
                Err(error)
            }
        })
    }
}

/// The response of an error is made further out, where the trace is not known any more.
fn tell_trace(call: &Call, error: &mut Error) {
    let mut told = HeaderMap::new();
    call.write_trace_id(&mut HeadersMut(&mut told));
    if !told.is_empty() {
        error.add_response_mapper(move |mut response| {
            for (name, value) in &told {
                response.headers_mut().insert(name.clone(), value.clone());
            }
            response
        });
    }
}

fn respond<B: MessageBody>(
    mut call: Call,
    mut response: ServiceResponse<B>,
) -> ServiceResponse<TracedBody<B>> {
    call.write_trace_id(&mut HeadersMut(response.headers_mut()));
    let mut left = None;
    if call.is_recording() {
        let pattern = response.request().match_pattern();
        if let Some(pattern) = &pattern {
            call.route(pattern);
        }
        let status = response.status();
        if let Some(error) = response.response().error() {
            call.explain(&Failure::new(status.as_str(), error).status(status.as_u16()));
        }
        let headers = Headers(response.headers());
        let mut view = ResponseView::new(status.as_u16(), &headers)
            .body(body_size(response.response().body().size()))
            .matched(Some(pattern.is_some()));
        let streams = matches!(response.response().body().size(), BodySize::Stream);
        let chunked = response.response().head().chunked();
        // Whatever length a header may tell.
        if streams && chunked && response.request().version() != Version::HTTP_2 {
            view = view.in_chunks();
        }
        call.response(&view);
        let has_body = response.request().method() != Method::HEAD;
        left = view.length().filter(|_| has_body);
    }
    response.map_body(|_, body| TracedBody::new(body, call, left))
}
