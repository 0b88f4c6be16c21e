//! The service.

use std::fmt;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::layer::ClientLayer;
use super::view::View;
use crate::carrier::HeadersMut;
use crate::response::{ResponseBody, ResponseFuture, call_recorded, unrecorded_future};

/// A service whose calls are CLIENT spans. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct Client<S> {
    pub(crate) inner: S,
    pub(crate) layer: ClientLayer,
}

impl<S> Client<S> {
    /// Puts a layer round a service.
    pub const fn new(inner: S, layer: ClientLayer) -> Self {
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

impl<S, B, R> Service<Request<B>> for Client<S>
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

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let handler = &self.layer.handler;
        let mut call = handler.start(&View::new(&request));
        handler.inject(&call, &mut HeadersMut(request.headers_mut()));
        let failures = self.layer.failures;
        if !call.is_recording() {
            return unrecorded_future(&mut self.inner, request, call, failures);
        }
        let inner = call_recorded(&mut self.inner, request, &mut call);
        ResponseFuture::new(inner, call, None, failures)
    }
}
