//! A layer that looks at the messages of a call, for what costs too much to do for everybody.
//!
//! The tracing layers count the messages of the response as they pass. This layer, inside of one of
//! them, counts those of the request too (`grpc.messages_received` on a server, `_sent` on a
//! client), and logs an event per message if it is told to. Only recorded gRPC calls are looked at;
//! each costs one box, because tonic takes no body but its own.
//!
//! ```
//! use std::sync::Arc;
//! use tonic::transport::{Endpoint, Server};
//! use tower::ServiceBuilder;
//! use tracer_core::NoopTracer;
//! use tracer_tonic::{ClientLayer, MessageLayer, ServerLayer};
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let server = Server::builder()
//!     .layer(ServerLayer::new(Arc::new(NoopTracer)))
//!     .layer(MessageLayer::server());
//!
//! let channel = ServiceBuilder::new()
//!     .layer(ClientLayer::new(Arc::new(NoopTracer)))
//!     .layer(MessageLayer::client().events(10))
//!     .service(Endpoint::from_static("http://orders.example:50051").connect_lazy());
//! # });
//! ```
//!
//! # Events
//!
//! `event=message`, `rpc.message.type` (`SENT` or `RECEIVED`), `rpc.message.id` (from 1, in each
//! direction), `rpc.message.compressed_size` (bytes, without the prefix), and, if payloads are asked
//! for, `rpc.message.payload` (hexadecimal).

mod body;
mod future;
mod layer;
mod parser;
mod service;
mod watch;
mod wrap;

pub use body::MessageBody;
pub use future::MessageFuture;
pub use layer::MessageLayer;
pub use service::Messages;
pub use wrap::RequestBody;
