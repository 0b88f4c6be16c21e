//! The deprecated `opentelemetry-zipkin`, completed by `tracer-opentelemetry`.

#[cfg_attr(feature = "otel-zipkin", path = "on.rs")]
#[cfg_attr(not(feature = "otel-zipkin"), path = "off.rs")]
mod face;

pub(super) use face::plan;
