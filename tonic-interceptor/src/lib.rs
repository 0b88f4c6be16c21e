//! gRPC tracing for tonic: server and client layers and a propagate-only interceptor.

pub mod carrier;
mod interceptor;
mod layer;

pub use interceptor::PropagateOnly;
pub use layer::{ClientLayer, ServerLayer};
pub use tracer_tower::{Client, ResponseBody, ResponseFuture, Server};
