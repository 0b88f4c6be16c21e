//! The client layer's service over reqwest's requests.

use std::fmt;
use std::task::{Context, Poll};

use ::reqwest::{Request, Response};
use tower_service::Service;
use tracer_core::current::FutureExt;

use super::failure::told;
use super::future::{ToHttp, TracedFuture};
use super::view::{Said, View};
use crate::carrier::HeadersMut;
use crate::client::Client;
use crate::response::{ResponseFuture, call_recorded};

impl<S> Service<Request> for Client<S>
where
    S: Service<Request, Response = Response>,
    S::Error: fmt::Display + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = TracedFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        start(self, request, Said::default())
    }
}

/// Starts the span of a request and sends it on.
pub(super) fn start<S>(
    client: &mut Client<S>,
    mut request: Request,
    said: Said,
) -> TracedFuture<S::Future>
where
    S: Service<Request, Response = Response>,
{
    let handler = &client.layer.handler;
    let mut call = handler.start(&View::new(&request, said));
    handler.inject(&call, &mut HeadersMut(request.headers_mut()));
    let inner = &mut client.inner;
    if !call.is_recording() {
        let future = {
            let _scope = call.enter();
            inner.call(request)
        };
        return TracedFuture::bare(future.in_span(call.span()));
    }
    let failures = client.layer.failures.or(Some(told));
    let inner = call_recorded(inner, request, &mut call).map(ToHttp::new);
    let future = ResponseFuture::new(inner, call, None, failures);
    TracedFuture::traced(future)
}
