//! OTLP over gRPC, on a tokio runtime of the exporter's own.

pub(super) mod answer;
mod body;
mod client;
mod retry_info;
mod secured;

use opentelemetry_sdk::Resource;
use tonic::transport;

use crate::config::{ConfigError, Endpoint};
use crate::drive::{Drive, OnTokio};
use crate::exporter::OpenTelemetryExporter;
use crate::http::{Exchange, Noted};
use crate::otlp::headers::headers;
use crate::otlp::{OtlpOptions, variables};
use client::Client;

const VARIABLES: [(&str, &str); 2] = {
    let [traces, all] = variables::ENDPOINT;
    [(traces, ""), (all, "")]
};
const DEFAULT: &str = "http://localhost:4317";

/// OTLP over gRPC, to `endpoint`.
///
/// Without one, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, else `OTEL_EXPORTER_OTLP_ENDPOINT`, else
/// `http://localhost:4317`. `OTEL_EXPORTER_OTLP_HEADERS`, `…_COMPRESSION` (`gzip`), `…_TIMEOUT`,
/// `…_INSECURE` and, for `https`, `…_CERTIFICATE`, `…_CLIENT_CERTIFICATE` and `…_CLIENT_KEY` are read,
/// each with its variant for traces. It owns a current-thread tokio runtime, which runs on the reporter's thread while a batch is sent; it
/// works inside and outside of the application's.
///
/// Tried again: a connection that failed or broke before the batch was written, a request that the
/// collector says it did not look at, and what the status `UNAVAILABLE` ends, or `RESOURCE_EXHAUSTED` with
/// a `RetryInfo`; not before the `retry_delay` in it has passed. Spans that the collector leaves out of an
/// export that it takes (`partial_success`) are lost and counted, and so is a batch whose message it finds
/// too large; later batches are then smaller.
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
/// [`ConfigError`] if the endpoint is no URL (`https` needs the feature `tls`), or a variable names a
/// file that holds no certificate, or no key that goes with it.
pub fn otlp_grpc(
    endpoint: Option<&str>,
    resource: Resource,
) -> Result<OpenTelemetryExporter, ConfigError> {
    super::options(endpoint).grpc(resource)
}

impl OtlpOptions {
    /// As [`otlp_grpc`](crate::otlp_grpc).
    ///
    /// # Errors
    ///
    /// As [`http`](Self::http).
    pub fn grpc(mut self, resource: Resource) -> Result<OpenTelemetryExporter, ConfigError> {
        let known = Endpoint::resolve(
            self.endpoint.as_deref(),
            self.variables(&VARIABLES),
            DEFAULT,
        );
        let insecure = super::insecure(&self);
        let known = known.or_scheme(if insecure { "http" } else { "https" });
        if !known.url.starts_with("unix:") {
            known.check("OTLP endpoint", DEFAULT)?;
        }
        let tls = super::tls::read(&mut self, &known.url)?;
        let limit = super::timeout(&self);
        let endpoint =
            transport::Endpoint::from_shared(known.url.clone()).map_err(ConfigError::new)?;
        let endpoint = secured::secured(endpoint, &tls)?.connect_timeout(limit);
        let drive = OnTokio::new().map_err(ConfigError::new)?;
        let exchange = Exchange::default();
        let noted = Noted::new(exchange.clone(), limit);
        let headers = headers(known.headers(), &self)?;
        let (mut parts, mut client) = (Some((endpoint, headers, exchange)), None);
        drive.within(&mut || {
            let parts = parts.take();
            client =
                parts.map(|(endpoint, headers, exchange)| Client::new(endpoint, headers, exchange));
        });
        let client = client.ok_or_else(|| ConfigError::new("OTLP: no channel"))?;
        let exporter = super::exporter(client::URL, &self, client)?;
        let exporter =
            OpenTelemetryExporter::over(exporter, resource, Box::new(drive), Box::new(noted));
        Ok(exporter.description(known.describe()))
    }
}
