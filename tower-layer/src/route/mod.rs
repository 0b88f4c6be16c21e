//! Names the current SERVER span after axum's route, from inside a router whose tracing layer is
//! around it and cannot see the route.
//!
//! ```
//! use axum::{Router, routing::get};
//! use tracer_tower::RouteLayer;
//!
//! let users: Router = Router::new()
//!     .route("/users/{id}", get(async || "user"))
//!     .layer(RouteLayer::new());
//! ```

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use tracer_core::conventions::keys;
use tracer_core::http::method_name;
use tracer_core::{Name, SpanRef, Tag, current};

use crate::facts;

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

impl<S, B, R> Service<Request<B>> for Route<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = RouteFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let named = name_current(&request);
        RouteFuture {
            inner: self.inner.call(request),
            named,
        }
    }
}

fn name_current<B>(request: &Request<B>) -> bool {
    let target = facts::original_uri(request.extensions()).unwrap_or(request.uri());
    let span = current::server_entry_at(target.path()).filter(SpanRef::is_recording);
    let Some(span) = span else {
        return false;
    };
    let Some(route) = facts::route(request.extensions()) else {
        return false;
    };
    let method = method_name(request.method().as_str());
    span.set_late_name(Name::Route { method, route });
    span.set_tags(&[Tag::new(keys::HTTP_ROUTE, route)]);
    true
}

pin_project_lite::pin_project! {
    /// The future of [`Route`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct RouteFuture<F> {
        #[pin]
        inner: F,
        named: bool,
    }
}

impl<F, R, E> Future for RouteFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let mut result = ready!(this.inner.poll(cx));
        if let (Ok(response), true) = (&mut result, *this.named) {
            // An extension allocates, so only where it is read.
            if response.status() == http::StatusCode::NOT_FOUND {
                response.extensions_mut().insert(facts::Found);
            }
        }
        Poll::Ready(result)
    }
}
