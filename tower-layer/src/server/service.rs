//! The service.

use std::fmt;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::layer::ServerLayer;
use super::view::View;
use crate::facts;
use crate::response::{ResponseBody, ResponseFuture, call_recorded, unrecorded_future};

/// A service whose requests are SERVER spans. See the [module docs](crate::server).
#[derive(Clone, Debug)]
pub struct Server<S> {
    inner: S,
    layer: ServerLayer,
}

impl<S> Server<S> {
    /// Puts a layer round a service.
    pub const fn new(inner: S, layer: ServerLayer) -> Self {
        Self { inner, layer }
    }

    /// The service inside.
    pub const fn inner(&self) -> &S {
        &self.inner
    }

    /// The service inside.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: fmt::Display + 'static,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut call = {
            let view = View::new(&request, self.layer.peer.as_ref());
            self.layer.handler.start(&view)
        };
        let failures = self.layer.failures;
        if !call.is_recording() {
            return unrecorded_future(&mut self.inner, request, call, failures);
        }
        let matched = if call.has_route() {
            Some(true)
        } else {
            facts::matched(request.extensions())
        };
        let inner = call_recorded(&mut self.inner, request, &mut call);
        ResponseFuture::new(inner, call, matched, failures)
    }
}
