//! The middleware and its service.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use tracer_core::Tracer;
use tracer_core::http::HttpServer;

use super::body::TracedBody;
use super::future::TracingFuture;
use super::view::View;
use crate::step::step;

/// The tag `component` of server spans, unless another name is configured.
pub const COMPONENT: &str = "actix-web";

/// Makes a SERVER span for every request. See the [module docs](crate::server).
#[derive(Clone, Debug)]
pub struct Tracing {
    server: HttpServer,
}

impl Tracing {
    /// Spans of this tracer, by the default rules.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        HttpServer::new(tracer, COMPONENT).into()
    }

    /// The handler: the tracer, and spans for upgraded connections
    /// ([`upgraded`](HttpServer::upgraded)).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tracer_actix::Tracing;
    /// use tracer_core::testing::MockTracer;
    /// use tracer_core::{SpanRef, TracerExt};
    ///
    /// let tracer = MockTracer::new();
    /// let traced = Tracing::new(Arc::new(tracer.clone())).handler().clone();
    /// // In a handler that answers 101; the request's span goes along to the task.
    /// let switch = || {
    ///     let request = SpanRef::current();
    ///     // In the task that serves the connection:
    ///     traced.upgraded(&request, "websocket").finish();
    /// };
    /// tracer.span("request").in_scope(|_| switch());
    /// assert_eq!(tracer.tree(), "request\n  ~ websocket\n");
    /// ```
    pub const fn handler(&self) -> &HttpServer {
        &self.server
    }

    /// Changes the rules: names, hooks, errors, headers, trust.
    pub fn configure(self, rules: impl FnOnce(HttpServer) -> HttpServer) -> Self {
        rules(self.server).into()
    }
}

/// Rules that stand already, such as those that several adapters share.
impl From<HttpServer> for Tracing {
    fn from(server: HttpServer) -> Self {
        Self { server }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Tracing
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<TracedBody<B>>;
    type Error = Error;
    type Transform = TracingService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(TracingService {
            inner,
            server: self.server.clone(),
        }))
    }
}

/// A service whose requests are traced. See the [module docs](crate::server).
#[derive(Clone, Debug)]
pub struct TracingService<S> {
    inner: S,
    server: HttpServer,
}

impl<S, B> Service<ServiceRequest> for TracingService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<TracedBody<B>>;
    type Error = Error;
    type Future = TracingFuture<S::Future>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let mut call = self.server.start(&View::new(&request));
        let inner = step(&mut call, || self.inner.call(request));
        TracingFuture::new(inner, call)
    }
}
