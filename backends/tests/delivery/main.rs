//! Spans over a real socket.

mod broken_stages;
mod join;
#[cfg(any(feature = "otlp", feature = "otel-zipkin"))]
mod otlp;
mod server;
mod stages;
mod zipkin;
