#![cfg_attr(
    all(feature = "otlp", feature = "otel-zipkin"),
    doc = include_str!("../README.md")
)]
#![cfg_attr(
    not(all(feature = "otlp", feature = "otel-zipkin")),
    doc = "Any OpenTelemetry span exporter behind `tracer-recording`: see [`OpenTelemetryExporter`]."
)]

#[cfg(any(feature = "otlp", feature = "otel-zipkin"))]
mod config;
mod drive;
mod exporter;
#[cfg(any(feature = "otlp", feature = "otel-zipkin"))]
mod http;
#[cfg(feature = "otlp")]
mod otlp;
mod resource;
mod span;
#[cfg(feature = "stdout")]
mod stdout;
mod target;
mod verdict;
#[cfg(feature = "otel-zipkin")]
mod zipkin;

#[cfg(any(feature = "otlp", feature = "otel-zipkin"))]
pub use config::ConfigError;
pub use exporter::OpenTelemetryExporter;
pub use opentelemetry_sdk::{self, Resource};
#[cfg(feature = "_fuzz")]
#[doc(hidden)]
pub use otlp::fuzzed;
#[cfg(feature = "otlp")]
#[doc(hidden)]
pub use otlp::variables;
#[cfg(feature = "otlp")]
pub use otlp::{OtlpOptions, otlp, otlp_grpc, otlp_http};
pub use resource::resource;
pub use span::span_data;
#[cfg(feature = "stdout")]
pub use stdout::stdout;
#[cfg(feature = "otel-zipkin")]
#[doc(hidden)]
pub use zipkin::zipkin_within;
#[cfg(feature = "otel-zipkin")]
pub use zipkin::{zipkin, zipkin_secured};
