//! The exporter of `opentelemetry-zipkin`, over a real socket.
#![cfg(feature = "otel-zipkin")]

mod answers;
mod body;
mod environment;
#[path = "../support/server.rs"]
mod server;
