//! The three-service demo, and one small program for each way of use in `examples/`.
//!
//! [`services`] is what a user would write: handlers and layers, no line of which names a backend.
//! [`demo`] starts the three services in one process, sends a few requests through real sockets and
//! prints the traces.

pub mod demo;
pub mod inventory;
#[expect(missing_docs, reason = "made by the protobuf compiler")]
pub mod orders {
    tonic::include_proto!("orders");
}
pub mod say;
pub mod services;
pub mod single;
pub mod tree;

/// The examples of the workspace's README compile. They wait for SIGTERM.
#[cfg(all(doctest, unix))]
#[doc = include_str!("../../README.md")]
struct Readme;
