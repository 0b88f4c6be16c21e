//! The layers. What they do is in `tracer-tower` and in the rules of gRPC of `tracer-core`; here
//! stands what tonic alone knows.

mod client;
mod failure;
mod server;

pub use client::ClientLayer;
pub use server::ServerLayer;
