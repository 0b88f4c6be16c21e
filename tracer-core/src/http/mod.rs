//! The rules of HTTP that every adapter shares: when a span starts, what it is called, what it says,
//! when it ends and whether it failed. gRPC is a mode of it ([`HttpServer::rpc`]).
//!
//! An adapter shows its requests through [`RequestView`] and reports what it sees to a [`Call`];
//! bodies and types of its framework stay with it.
//!
//! Rules, hooks and policies run on the request's thread. One that panics breaks no request: the
//! panic is caught, and it has given no answer.
//!
//! ```
//! use std::sync::Arc;
//! use tracer_core::http::{BodySize, HttpServer, RequestView, ResponseView, Rule};
//! use tracer_core::{Extract, NoopTracer};
//!
//! struct Request(Vec<(String, String)>);
//!
//! impl RequestView for Request {
//!     fn method(&self) -> &str {
//!         "GET"
//!     }
//!     fn path(&self) -> &str {
//!         "/users/7"
//!     }
//!     fn route(&self) -> Option<&str> {
//!         Some("/users/{id}")
//!     }
//!     fn headers(&self) -> &dyn Extract {
//!         &self.0
//!     }
//! }
//!
//! let server = HttpServer::new(Arc::new(NoopTracer), "my-framework")
//!     .rule(|request| (request.path() == "/health").then_some(Rule::PropagateOnly));
//!
//! let mut call = server.start(&Request(Vec::new()));
//! {
//!     let _scope = call.enter();
//!     // The inner service is called, and later polled, in here.
//! }
//! let headers: Vec<(String, String)> = Vec::new();
//! call.response(&ResponseView::new(200, &headers).body(BodySize::ENDED));
//! ```

mod authority;
mod call;
mod client;
mod ending;
mod exchange;
mod failure;
mod metadata;
mod method;
mod methods;
mod operations;
mod payload;
mod policy;
mod redact;
mod routed;
mod server;
mod settings;
mod start;
mod tag_list;
mod told;
mod trust;
mod view;
mod within;

pub(crate) use exchange::{Exchange, Role};

pub use call::Call;
pub use client::HttpClient;
pub use failure::Failure;
pub use policy::{ErrorPolicy, Incoming, Rule, RuleFn, Side};
pub use redact::{CleanQuery, CleanUrl, REDACTED, clean_message, is_denied_header};
pub use routed::tell_route;
pub use server::{HttpServer, TRACE_ID_HEADER};
pub use settings::{RequestHook, ResponseHook};
pub use trust::{InvalidBlock, TrustList};
pub use view::{BodySize, RequestView, ResponseView};
