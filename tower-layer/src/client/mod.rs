//! A layer that makes a CLIENT span of every call and sends its context along.
//!
//! ```
//! use std::sync::Arc;
//! use tower::{Layer, Service, ServiceExt};
//! use tracer_core::testing::MockTracer;
//! use tracer_tower::ClientLayer;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let tracer = MockTracer::new();
//! let layer = ClientLayer::new(Arc::new(tracer.clone()))
//!     .configure(|http| http.peer_service("users"));
//!
//! let mut client = layer.layer(tower::service_fn(|request: http::Request<()>| async move {
//!     assert!(request.headers().contains_key("mock-trace-id"));
//!     Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
//! }));
//! let request = http::Request::get("http://users.example/users/7").body(()).unwrap();
//! client.ready().await?.call(request).await?;
//! let span = &tracer.finished()[0];
//! assert_eq!(span.name, "GET");
//! assert_eq!(span.remote.service.as_deref(), Some("users"));
//! # Ok::<_, std::convert::Infallible>(()) }).unwrap();
//! ```
//!
//! Its rules are those of [`HttpClient`](tracer_core::http::HttpClient), changed by
//! [`configure`](ClientLayer::configure).
//!
//! The span ends when the response's body has been read or is dropped. Read it, or the span says
//! `cancelled=true`. Inside a retry layer each attempt is a span (see [`Attempt`]), outside each
//! logical call. Outside of tower's `Buffer`: that calls what is in it on a task of its own, where no
//! span is current. What a call waits for before it begins (`poll_ready`: `ConcurrencyLimit`, `RateLimit`) is in
//! no span.

mod attempt;
mod layer;
mod service;
mod view;

pub use attempt::{Attempt, Template};
pub use layer::ClientLayer;
pub use service::Client;
