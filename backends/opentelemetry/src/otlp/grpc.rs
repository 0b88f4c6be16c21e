//! OTLP over gRPC, on a tokio runtime of the exporter's own.

use std::time::Duration;

use opentelemetry_otlp::{
    ExporterBuildError, RetryPolicy, SpanExporter, WithExportConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tracer_recording::Delivery;

use crate::config::{ConfigError, Endpoint};
use crate::drive::{Drive, OnTokio};
use crate::exporter::OpenTelemetryExporter;
use crate::otlp::OtlpOptions;
use crate::verdict::{Outcome, Unknown, Verdict};

const VARIABLES: &[(&str, &str)] = &[
    ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", ""),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
];
const DEFAULT: &str = "http://localhost:4317";

/// OTLP over gRPC, to `endpoint`.
///
/// Without one, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT`, else
/// `http://localhost:4317`. `OTEL_EXPORTER_OTLP_HEADERS`, `…_COMPRESSION` (`gzip`), `…_TIMEOUT` and
/// `…_INSECURE` are read, each with its variant for traces. It owns a current-thread tokio runtime,
/// which runs on the reporter's thread while a batch is sent; it works inside and outside of the
/// application's. Tried again: what the status `UNAVAILABLE` ends, which is also that of a
/// connection that failed. Spans that the collector leaves out of an export that it takes
/// (`partial_success`) are counted as sent: only [`otlp_http`](crate::otlp_http) gets to know them.
///
/// ```
/// use tracer_opentelemetry::{otlp_grpc, resource};
/// use tracer_recording::Exporter;
///
/// let known = resource([("deployment.environment.name", "test")]);
/// let exporter = otlp_grpc(Some("http://collector:4317"), known)?;
/// assert_eq!(exporter.describe(), "http://collector:4317/");
/// # Ok::<(), tracer_opentelemetry::ConfigError>(())
/// ```
///
/// # Errors
///
/// [`ConfigError`] if the endpoint is no URL (`https` needs the feature `tls`).
pub fn otlp_grpc(
    endpoint: Option<&str>,
    resource: Resource,
) -> Result<OpenTelemetryExporter, ConfigError> {
    super::options(endpoint).grpc(resource)
}

pub(super) fn build(
    options: &OtlpOptions,
    resource: Resource,
) -> Result<OpenTelemetryExporter, ConfigError> {
    let known = Endpoint::resolve(options.endpoint.as_deref(), VARIABLES, DEFAULT);
    let drive = OnTokio::new().map_err(ConfigError::new)?;
    let mut built = None;
    drive.within(&mut || built = Some(exporter(options)));
    let exporter = built
        .ok_or_else(|| ConfigError::new("OTLP: not built"))?
        .map_err(ConfigError::new)?;
    let exporter = OpenTelemetryExporter::over(exporter, resource, Box::new(drive), Box::new(Grpc));
    Ok(exporter.description(known.describe()))
}

fn exporter(options: &OtlpOptions) -> Result<SpanExporter, ExporterBuildError> {
    let mut exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(options.endpoint.clone().unwrap_or_default())
        .with_metadata(metadata(&options.headers))
        .with_retry_policy(RetryPolicy::disabled());
    if let Some(timeout) = options.timeout {
        exporter = exporter.with_timeout(timeout);
    }
    if let Some(compression) = options.compression {
        exporter = exporter.with_compression(compression);
    }
    exporter.build()
}

/// The headers, and one that keeps uploads from being traced.
fn metadata(headers: &[(String, String)]) -> MetadataMap {
    let mut metadata = MetadataMap::new();
    for (name, value) in headers {
        let name = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse::<MetadataValue<Ascii>>()) {
            metadata.insert(name, value);
        }
    }
    metadata.insert("b3", MetadataValue::from_static("0"));
    metadata
}

/// The exporter tells the status only in its message.
struct Grpc;

impl Verdict for Grpc {
    fn may_retry(&self) -> bool {
        true
    }

    fn begin(&self, _: Duration) {}

    fn judge(&self, result: Option<OTelSdkResult>, bytes: usize) -> Outcome {
        match result {
            Some(Err(OTelSdkError::InternalFailure(reason)))
                if reason.contains("gRPC code: Unavailable") =>
            {
                Delivery::Retry {
                    after: None,
                    reason,
                }
                .into()
            }
            other => Unknown.judge(other, bytes),
        }
    }
}
