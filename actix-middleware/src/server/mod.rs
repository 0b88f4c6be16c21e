//! The middleware for servers: a SERVER span for every request.
//!
//! [`Tracing`] goes outermost: actix-web runs the middleware that was wrapped *last* first. What is
//! outside of it is not measured, and a timeout outside of it looks like a client that went away
//! (`cancelled=true`, with the true duration).
//!
//! ```
//! use std::sync::Arc;
//! use actix_web::{App, HttpResponse, web};
//! use tracer_actix::Tracing;
//! use tracer_core::http::Rule;
//! use tracer_core::{NoopTracer, SpanRef};
//!
//! async fn user(id: web::Path<u32>) -> HttpResponse {
//!     SpanRef::current().set_tag("user", i64::from(*id));
//!     HttpResponse::Ok().finish()
//! }
//!
//! let tracing = Tracing::new(Arc::new(NoopTracer)).configure(|http| {
//!     http.rule(|request| (request.path() == "/health").then_some(Rule::PropagateOnly))
//! });
//! // In `HttpServer::new(move || …)`; every worker gets a clone.
//! let app = App::new()
//!     .route("/users/{id}", web::get().to(user))
//!     .wrap(tracing.clone());
//! # let _ = app;
//! ```
//!
//! # What it says
//!
//! * The span is called `GET /users/{id}` by the pattern that matched, `GET not_found` when nothing
//!   matched and the answer is 404, and `GET` when a middleware (of a scope or resource, too) returned
//!   an error, when the handler panicked, or when the client gave up before there was an answer: the
//!   request is gone then, and its pattern with it. A pattern whose guards or methods let nobody in counts
//!   as matched: actix-web tells of no difference, also where it answers 404.
//! * A sampler is asked before anything is routed, so it knows the method and no pattern: `GET`. What is to
//!   be sampled by its path is a rule's to say, as in the example.
//! * A handler that returns an error has its text on the span if the status counts as an error. The
//!   error's class is the status code (`500`): actix-web erases the type of its errors.
//! * The trace's id, if a response header is to tell it, is also in the response that actix-web makes
//!   of an error which a middleware returned; the error stays what it is. The response of such an error
//!   is made further out: `on_response` is not called for it, and none of its headers recorded. A handler that panics has
//!   no response at all: actix-web closes the connection.
//! * The span ends with the response's body: after its last byte, with its error, or when it is
//!   dropped, which is what happens when the client goes away (`cancelled=true`). A client that only
//!   closes its sending half still gets its answer, and nothing is cancelled.
//! * Where the connection becomes another protocol's (101, a WebSocket) it ends at the switch. What goes on
//!   after it may have a span of its own, which follows from the request's: see
//!   [`Tracing::handler`].
//! * Wrapped again inside of a scope, it adds to the outer span and makes none of its own, unless the path was
//!   rewritten in between (slashes at its ends do not count): that is a request of the application's.

mod body;
mod future;
mod middleware;
mod view;

pub use body::TracedBody;
pub use future::TracingFuture;
pub use middleware::{COMPONENT, Tracing, TracingService};
