//! OTLP over HTTP, with a blocking client.

use opentelemetry_sdk::Resource;

use crate::config::{ConfigError, Endpoint};
use crate::drive::Park;
use crate::exporter::OpenTelemetryExporter;
use crate::otlp::headers::headers;
use crate::otlp::{OtlpOptions, variables};

const VARIABLES: [(&str, &str); 2] = {
    let [traces, all] = variables::ENDPOINT;
    [(traces, ""), (all, "/v1/traces")]
};
const DEFAULT: &str = "http://localhost:4318/v1/traces";

/// OTLP as protobuf over HTTP, to the full URL `endpoint` (with its `/v1/traces`).
///
/// Without one, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is the URL, else
/// `OTEL_EXPORTER_OTLP_ENDPOINT` its start, else it is `http://localhost:4318/v1/traces`.
/// `OTEL_EXPORTER_OTLP_HEADERS`, `…_COMPRESSION` (`gzip`), `…_TIMEOUT` and, for `https`,
/// `…_CERTIFICATE`, `…_CLIENT_CERTIFICATE` and `…_CLIENT_KEY` are read, each with its variant for
/// traces. Needs no async runtime. Tried again: a connection that failed or broke before the batch was written, 429, 502, 503 and 504. Spans that
/// the collector leaves out of an export that it takes (`partial_success`) are lost and counted.
///
/// ```
/// use tracer_opentelemetry::{otlp_http, resource};
/// use tracer_recording::Exporter;
///
/// let known = resource([("deployment.environment.name", "test")]);
/// let exporter = otlp_http(Some("http://collector:4318/v1/traces"), known)?;
/// assert_eq!(exporter.describe(), "http://collector:4318/v1/traces");
/// # Ok::<(), tracer_opentelemetry::ConfigError>(())
/// ```
///
/// # Errors
///
/// [`ConfigError`] if the endpoint is no URL (`https` needs the feature `tls`), or a variable names a
/// file that holds no certificate, or no key that goes with it.
pub fn otlp_http(
    endpoint: Option<&str>,
    resource: Resource,
) -> Result<OpenTelemetryExporter, ConfigError> {
    super::options(endpoint).http(resource)
}

impl OtlpOptions {
    /// As [`otlp_http`](crate::otlp_http).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the endpoint is no URL (`https` needs the feature `tls`), a header is none,
    /// or a variable names a file that holds no certificate, or no key that goes with it.
    pub fn http(mut self, resource: Resource) -> Result<OpenTelemetryExporter, ConfigError> {
        let known = Endpoint::resolve(
            self.endpoint.as_deref(),
            self.variables(&VARIABLES),
            DEFAULT,
        );
        known.check("OTLP endpoint", DEFAULT)?;
        let tls = super::tls::read(&mut self, &known.url)?;
        let timeout = super::timeout(&self);
        let headers = headers(known.headers(), &self)?;
        let (client, noted) = crate::http::client(timeout, &tls, headers);
        let client = client.read(super::partial::refused);
        let exporter = super::exporter(&known.url, &self, client)?;
        let exporter =
            OpenTelemetryExporter::over(exporter, resource, Box::new(Park), Box::new(noted));
        Ok(exporter.description(known.describe()))
    }
}
