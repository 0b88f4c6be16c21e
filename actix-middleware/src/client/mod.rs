//! The middleware for awc clients: a CLIENT span for every request, and its context on the wire.
//!
//! ```
//! use std::sync::Arc;
//! use tracer_actix::ClientTracing;
//! use tracer_core::NoopTracer;
//!
//! let tracing = ClientTracing::new(Arc::new(NoopTracer))
//!     .configure(|http| http.peer_service("stock").query(true));
//! let client = awc::Client::builder().wrap(tracing).finish();
//! # let _ = client;
//! ```
//!
//! * The span is a child of the current one, is called by the method alone, and ends with the
//!   response's body. A response that is dropped before its body was read is `cancelled=true`,
//!   which is no error.
//! * awc follows redirects, and counts its timeouts, outside of its middleware: each hop is a span
//!   of its own, and a request that took too long looks like one that was given up
//!   (`cancelled=true`, with the true duration). A timeout while connecting is an error of the
//!   class `timeout`.
//! * A chunked answer that is cut off is no error: awc takes it for a whole one, and tells nobody.
//! * awc polls a streamed request body within its call: spans that it begins are children of the CLIENT span.
//! * Requests that open a tunnel (WebSocket) end at the switch with `http.upgrade`.
//! * A request that was frozen is copied, since stale trace headers may stand in it.
//! * For a name with the template of the URL, set it in a hook: `http.on_request(…)`.

mod future;
mod head;
mod middleware;
mod payload;

pub use future::ClientTracingFuture;
pub use middleware::{COMPONENT, ClientTracing, ClientTracingService};
