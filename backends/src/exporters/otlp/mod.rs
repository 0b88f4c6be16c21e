//! OTLP, for Jaeger and OpenTelemetry collectors.

#[cfg_attr(feature = "otlp", path = "on.rs")]
#[cfg_attr(not(feature = "otlp"), path = "off.rs")]
mod face;

pub(super) use face::plan;
