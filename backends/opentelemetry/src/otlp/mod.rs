//! OTLP, through `opentelemetry-otlp`.

mod grpc;
mod http;
mod options;
mod partial;
mod trusted;

use std::time::Duration;

use opentelemetry_http::HttpClient;
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;

use crate::config::ConfigError;
use crate::exporter::OpenTelemetryExporter;

pub use grpc::otlp_grpc;
pub use http::otlp_http;
pub use options::OtlpOptions;

/// OTLP as the variables say: `grpc` or `http/protobuf` in `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`,
/// else in `OTEL_EXPORTER_OTLP_PROTOCOL`, else `http/protobuf`. Everything else is read as by
/// [`otlp_http`] and [`otlp_grpc`].
///
/// # Errors
///
/// [`ConfigError`] if a variable names another protocol, or if the exporter cannot be built.
pub fn otlp(resource: Resource) -> Result<OpenTelemetryExporter, ConfigError> {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ];
    let found = names.into_iter().find_map(|name| Some((name, set(name)?)));
    match found.as_ref().map(|(name, value)| (*name, value.as_str())) {
        None | Some((_, "http/protobuf")) => otlp_http(None, resource),
        Some((_, "grpc")) => otlp_grpc(None, resource),
        Some((name, value)) => Err(ConfigError::new(format_args!(
            "{name}: {value:?} is none of grpc, http/protobuf"
        ))),
    }
}

fn options(endpoint: Option<&str>) -> OtlpOptions {
    let options = OtlpOptions::new();
    match endpoint {
        Some(endpoint) => options.endpoint(endpoint),
        None => options,
    }
}

/// Encodes for HTTP; whatever carries it is the client's choice. Reads the variables for what the
/// options do not say.
fn exporter(
    options: OtlpOptions,
    client: impl HttpClient + 'static,
) -> Result<SpanExporter, ConfigError> {
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(options.endpoint.unwrap_or_default())
        .with_headers(options.headers.into_iter().collect())
        .with_http_client(client)
        .with_retry_policy(RetryPolicy::disabled());
    if let Some(compression) = options.compression {
        exporter = exporter.with_compression(compression);
    }
    exporter.build().map_err(ConfigError::new)
}

/// The value of a variable; empty is unset.
fn set(name: &str) -> Option<String> {
    let value = std::env::var(name).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Whether an endpoint without a scheme is not secure.
fn insecure() -> bool {
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
        "OTEL_EXPORTER_OTLP_INSECURE",
    ];
    let value = names.into_iter().find_map(set);
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The longest time for one upload, in milliseconds in the variables.
fn timeout() -> Duration {
    const DEFAULT: Duration = Duration::from_secs(10);
    let names = [
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
    ];
    let millis = names.into_iter().find_map(|name| set(name)?.parse().ok());
    millis.map_or(DEFAULT, Duration::from_millis)
}
