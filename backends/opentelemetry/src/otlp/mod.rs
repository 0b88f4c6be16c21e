//! OTLP, through `opentelemetry-otlp`.

#[cfg(feature = "_fuzz")]
pub mod fuzzed;
mod grpc;
mod headers;
mod http;
mod options;
mod partial;
mod tls;
pub mod variables;

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
    let options = OtlpOptions::new();
    let found = variables::PROTOCOL
        .into_iter()
        .find_map(|name| Some((name, options.variable(name)?)));
    let Some((name, value)) = found else {
        return options.http(resource);
    };
    match &*value.to_ascii_lowercase() {
        "http/protobuf" => options.http(resource),
        "grpc" => options.grpc(resource),
        _ => Err(ConfigError::new(format_args!(
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

/// Encodes for HTTP; whatever carries it is the client's choice, and so are the headers.
fn exporter(
    url: &str,
    options: &OtlpOptions,
    client: impl HttpClient + 'static,
) -> Result<SpanExporter, ConfigError> {
    let mut exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(url)
        .with_http_client(client)
        .with_retry_policy(RetryPolicy::disabled());
    if let Some(compression) = options.compression {
        exporter = exporter.with_compression(compression);
    }
    exporter.build().map_err(ConfigError::new)
}

/// Whether an endpoint without a scheme is not secure.
fn insecure(options: &OtlpOptions) -> bool {
    let mut names = variables::INSECURE.into_iter();
    let value = names.find_map(|name| options.variable(name));
    value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// The longest time for one upload, in milliseconds in the variables.
fn timeout(options: &OtlpOptions) -> Duration {
    const DEFAULT: Duration = Duration::from_secs(10);
    // Nothing arrives in no time.
    let millis = |name| {
        options
            .variable(name)?
            .parse()
            .ok()
            .filter(|time| *time > 0)
    };
    let read = || {
        variables::TIMEOUT
            .into_iter()
            .find_map(millis)
            .map(Duration::from_millis)
    };
    options.timeout.or_else(read).unwrap_or(DEFAULT)
}
