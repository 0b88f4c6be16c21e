#![doc = include_str!("../README.md")]

pub mod carrier;
mod interceptor;
mod layer;
pub mod messages;

pub use interceptor::PropagateOnly;
pub use layer::{ClientLayer, ServerLayer};
pub use messages::MessageLayer;
pub use tracer_tower::{Client, ResponseBody, ResponseFuture, Server};
