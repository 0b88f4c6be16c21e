//! The middleware and its service.

use std::sync::Arc;

use actix_service::{Service, forward_ready};
use awc::error::SendRequestError;
use awc::middleware::Transform;
use awc::{ConnectRequest, ConnectResponse};
use tracer_core::Tracer;
use tracer_core::http::{Call, HttpClient};

use super::future::ClientTracingFuture;
use super::head::{View, own};
use crate::carrier::HeadersMut;
use crate::step::step;

/// The tag `component` of client spans, unless another name is configured.
pub const COMPONENT: &str = "awc";

/// Makes a CLIENT span for every request. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct ClientTracing {
    client: HttpClient,
}

impl ClientTracing {
    /// Spans of this tracer, by the default rules.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        HttpClient::new(tracer, COMPONENT).into()
    }

    /// Changes the rules: peer, hooks, errors, headers, who may see the context.
    pub fn configure(self, rules: impl FnOnce(HttpClient) -> HttpClient) -> Self {
        rules(self.client).into()
    }
}

/// Rules that stand already, such as those that several adapters share.
impl From<HttpClient> for ClientTracing {
    fn from(client: HttpClient) -> Self {
        Self { client }
    }
}

impl<S> Transform<S, ConnectRequest> for ClientTracing
where
    S: Service<ConnectRequest, Response = ConnectResponse, Error = SendRequestError>,
{
    type Transform = ClientTracingService<S>;

    fn new_transform(self, inner: S) -> Self::Transform {
        ClientTracingService {
            inner,
            client: self.client,
        }
    }
}

/// A connector whose requests are traced. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct ClientTracingService<S> {
    inner: S,
    client: HttpClient,
}

impl<S> ClientTracingService<S> {
    fn start(&self, request: &mut ConnectRequest) -> Option<Call> {
        let head = own(request)?;
        let call = self.client.start(&View::new(head));
        self.client
            .inject(&call, &mut HeadersMut(&mut head.headers));
        Some(call)
    }
}

impl<S> Service<ConnectRequest> for ClientTracingService<S>
where
    S: Service<ConnectRequest, Response = ConnectResponse, Error = SendRequestError>,
{
    type Response = ConnectResponse;
    type Error = SendRequestError;
    type Future = ClientTracingFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, mut request: ConnectRequest) -> Self::Future {
        let Some(mut call) = self.start(&mut request) else {
            return ClientTracingFuture::new(self.inner.call(request), None);
        };
        let inner = step(&mut call, || self.inner.call(request));
        ClientTracingFuture::new(inner, Some(call))
    }
}
