//! Spans over a real socket.

mod join;
#[cfg(any(feature = "otlp", feature = "otel-zipkin"))]
mod otlp;
mod server;
mod stages;
mod zipkin;
