//! Spans and questions over `https`, to servers whose certificates a private authority has signed.

mod authority;
mod files;
mod folders;
mod grpc;
mod identity;
mod kept;
mod otlp;
mod reuse;
mod sampler;
mod server;
mod setup;
mod wrong;
mod zipkin;
