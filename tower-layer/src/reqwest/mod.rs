//! Reqwest: every call is a CLIENT span that ends with the response's body.
//!
//! ```no_run
//! use std::sync::Arc;
//! use tracer_core::testing::MockTracer;
//! use tracer_tower::reqwest::{TracedClient, layer};
//!
//! # async fn run() -> Result<(), reqwest::Error> {
//! let tracer = Arc::new(MockTracer::new()); // any tracer
//! let tracing = layer(tracer).configure(|http| http.peer_service("users"));
//! let client = TracedClient::new(reqwest::Client::new(), tracing);
//!
//! let user = client.get("http://users.example/users/7").template("/users/{id}").send().await?;
//! println!("{}", user.text().await?);
//! let order = client.post("http://users.example/users").with(|request| request.body("{}"));
//! let answer = order.send().await?;
//! println!("{}: {}", answer.status(), answer.text().await?);
//! # Ok(()) }
//! ```
//!
//! [`TracedClient`] is the client layer's service round reqwest's client, which is a service over its
//! own requests and responses. So the layer also stands in a stack of tower layers for
//! `reqwest::Request`, and `execute` takes a finished request.
//!
//! # Redirects
//!
//! Reqwest follows redirects inside its client, out of sight of the layer: one call is one span,
//! whatever the number of hops, with the first URL and the last status. It also takes the trace
//! headers along to every hop: where [`inject_to`](HttpClient::inject_to) must hold for those too,
//! switch redirects off or write a policy that stops at other hosts (`reqwest::redirect::Policy`).
//! The same holds for the retries of its builder.
//!
//! # Errors
//!
//! The span says the whole chain of reqwest's error, without user info and queries of URLs;
//! `error.kind` is `timeout` for its timeouts. Reqwest's error itself goes on unchanged, and prints
//! the URL with its query; but one of a body that is recorded says the same with two links more in its chain of
//! sources.
//!
//! # Cancel safety
//!
//! A call, or its response, that is dropped early ends its span with `cancelled=true`. So read the body,
//! also where nobody needs it: `error_for_status` drops that of an error unread.

mod failure;
mod future;
mod request;
mod service;
mod view;

use std::sync::Arc;

use tracer_core::Tracer;
use tracer_core::http::HttpClient;

pub use future::TracedFuture;
pub use request::TracedRequest;

use crate::client::ClientLayer;

/// Reqwest's client inside the client layer. Cheap to clone, as both are. See the
/// [module docs](self).
pub type TracedClient = crate::Client<::reqwest::Client>;

/// The client layer with the component `reqwest`.
pub fn layer(tracer: Arc<dyn Tracer>) -> ClientLayer {
    HttpClient::new(tracer, "reqwest").into()
}
