//! Spans over a real socket.

#[cfg(any(feature = "otlp", feature = "otel-zipkin"))]
mod otlp;
mod server;
mod zipkin;
