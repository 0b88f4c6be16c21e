//! Names the current SERVER span after axum's route, from inside a router whose tracing layer is
//! around it and cannot see the route. Behind middleware that rewrites the method it names none: that is
//! how a request looks that a handler sends within the process.
//!
//! ```
//! use axum::{Router, routing::get};
//! use tracer_tower::RouteLayer;
//!
//! let users: Router = Router::new()
//!     .route("/users/{id}", get(async || "user"))
//!     .layer(RouteLayer::new());
//! ```

use std::task::{Context, Poll};

use http::Request;
use tower_layer::Layer;
use tower_service::Service;
use tracer_core::http::tell_route;

use crate::facts::Target;

/// Names the current span after the route. See the [module docs](crate::route).
#[derive(Clone, Copy, Debug, Default)]
pub struct RouteLayer(());

impl RouteLayer {
    /// The layer; it needs no settings.
    pub const fn new() -> Self {
        Self(())
    }
}

impl<S> Layer<S> for RouteLayer {
    type Service = Route<S>;

    fn layer(&self, inner: S) -> Route<S> {
        Route { inner }
    }
}

/// The service of [`RouteLayer`].
#[derive(Clone, Debug)]
pub struct Route<S> {
    inner: S,
}

impl<S, B> Service<Request<B>> for Route<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        let extensions = request.extensions();
        let target = Target::of(extensions, request.uri());
        if let Some(route) = target.route(extensions) {
            tell_route(request.method().as_str(), target.uri.path(), route);
        }
        self.inner.call(request)
    }
}
