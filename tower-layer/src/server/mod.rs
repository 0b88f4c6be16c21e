//! A layer that makes a SERVER span of every request.
//!
//! ```
//! use std::sync::Arc;
//! use tower::{Layer, Service, ServiceExt};
//! use tracer_core::http::Rule;
//! use tracer_core::testing::MockTracer;
//! use tracer_tower::ServerLayer;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let tracer = MockTracer::new();
//! let layer = ServerLayer::new(Arc::new(tracer.clone()))
//!     .configure(|http| {
//!         http.rule(|request| (request.path() == "/health").then_some(Rule::PropagateOnly))
//!     });
//!
//! let mut service = layer.layer(tower::service_fn(|_: http::Request<()>| async {
//!     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! }));
//! service.ready().await?.call(http::Request::new(())).await?;
//! assert_eq!(tracer.finished()[0].name, "GET");
//! # Ok::<_, std::convert::Infallible>(()) }).unwrap();
//! ```
//!
//! Its rules are those of [`HttpServer`](tracer_core::http::HttpServer), changed by
//! [`configure`](ServerLayer::configure).
//!
//! Put it outermost: a timeout layer around it looks like a caller that went away. On axum use
//! `Router::layer`, where the route is known, not `route_layer`, which skips unmatched requests, and call it
//! last: routes that are added or merged later have no spans. Where it
//! is not known, around a router, a sampler that goes by routes is asked about the method alone.
//! The span begins with the call: what a request waits for before (`poll_ready`: `ConcurrencyLimit`,
//! `RateLimit`, `Buffer`, also further inside) is in no span.
//!
//! What stands inside and makes a response of a failure leaves its status alone to tell of it. Let a
//! timeout answer 503 or 504: 408, tower-http's usual choice, is no error of a server. A panic that is
//! caught there is `error=500`, unless the span is told:
//!
//! ```
//! use std::any::Any;
//! use axum::{Router, response::IntoResponse, routing::get};
//! use tower_http::catch_panic::CatchPanicLayer;
//! use tracer_core::{Error, SpanRef, panic_text};
//!
//! fn told(panic: Box<dyn Any + Send>) -> axum::response::Response {
//!     let text = panic_text(&*panic).unwrap_or_default();
//!     SpanRef::current().set_error_as(Error::new("panic", &text));
//!     http::StatusCode::INTERNAL_SERVER_ERROR.into_response()
//! }
//!
//! # let tracing = tracer_tower::ServerLayer::new(std::sync::Arc::new(tracer_core::NoopTracer));
//! let app = Router::new()
//!     .route("/users/{id}", get(async || "user"))
//!     .layer(CatchPanicLayer::custom(told))
//!     .layer(tracing);
//! # let _: Router = app;
//! ```
//!
//! # When the span ends
//!
//! With the body: its trailers, its last frame, an error, or when it is dropped; a body dropped
//! early was cancelled. An error of the inner service and a panic are recorded and go on unchanged.
//! No response can tell the trace's id then
//! ([`trace_id_header`](tracer_core::http::HttpServer::trace_id_header)): what turns errors into
//! responses goes inside of this layer. A layer for endless streams (server-sent events) may end its spans at the headers
//! ([`end_at_headers`](tracer_core::http::HttpServer::end_at_headers)); so may one round their route
//! alone (`get(events).layer(…)`), inside of the one round all.
//!
//! When the connection becomes another protocol's (101, CONNECT) it ends at the switch. What goes on
//! after it (a WebSocket) may have a span of its own, which follows from the request's; take the
//! request's along to the task that serves it:
//!
//! ```
//! use std::sync::Arc;
//! use tracer_core::SpanRef;
//! use tracer_core::testing::MockTracer;
//! use tracer_tower::ServerLayer;
//!
//! let layer = ServerLayer::new(Arc::new(MockTracer::new()));
//! let traced = layer.handler().clone();
//! let switch = move || {
//!     let request = SpanRef::current();
//!     // In the task, when the upgrade is done:
//!     let connection = traced.upgraded(&request, "websocket");
//!     connection.finish();
//! };
//! # switch();
//! ```

mod layer;
mod service;
mod view;

pub use layer::ServerLayer;
pub use service::Server;
