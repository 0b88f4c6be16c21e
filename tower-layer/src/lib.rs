#![cfg_attr(feature = "axum", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "axum"),
    doc = "Server and client tracing layers for tower services over http requests."
)]

pub mod carrier;
pub mod client;
pub mod error;
#[cfg(feature = "axum")]
#[path = "facts/axum.rs"]
mod facts;
#[cfg(not(feature = "axum"))]
#[path = "facts/none.rs"]
mod facts;
#[cfg(feature = "reqwest")]
pub mod reqwest;
pub mod response;
#[cfg(feature = "axum")]
pub mod route;
pub mod server;
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
