//! Server and client tracing layers for any tower service over http requests: axum, hyper,
//! hyper-util and reqwest.
//!
//! See [`server`] and [`client`] for examples. The rules (names, tags, when a span ends, what is an error) are
//! those of [`tracer_core::http`]; this crate only moves bytes.

pub mod carrier;
pub mod client;
mod error;
#[cfg(feature = "axum")]
#[path = "facts/axum.rs"]
mod facts;
#[cfg(not(feature = "axum"))]
#[path = "facts/none.rs"]
mod facts;
pub mod response;
#[cfg(feature = "axum")]
pub mod route;
pub mod server;
mod settings;
#[cfg(feature = "timeout")]
#[path = "timeout/elapsed.rs"]
mod timeout;
#[cfg(not(feature = "timeout"))]
#[path = "timeout/none.rs"]
mod timeout;

pub use client::{Client, ClientLayer};
pub use error::ResponseError;
pub use response::{ResponseBody, ResponseFuture};
#[cfg(feature = "axum")]
pub use route::RouteLayer;
pub use server::{Server, ServerLayer};
