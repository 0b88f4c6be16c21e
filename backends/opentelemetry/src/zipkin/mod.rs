//! `opentelemetry-zipkin`, completed with what it leaves out.

#![allow(deprecated, reason = "the crate is, and is still in use")]

mod amend;
mod complete;

use std::time::Duration;

use opentelemetry_sdk::Resource;
use opentelemetry_zipkin::ZipkinExporter;
use tracer_recording::{Authorities, Identity, Tls};

use crate::config::{ConfigError, Endpoint};
use crate::drive::Park;
use crate::exporter::OpenTelemetryExporter;

const VARIABLES: &[(&str, &str)] = &[("OTEL_EXPORTER_ZIPKIN_ENDPOINT", "")];
const DEFAULT: &str = "http://localhost:9411/api/v2/spans";
/// For who names the server alone, as `tracer-zipkin` has it.
const PATH: &str = "/api/v2/spans";

/// Zipkin v2 JSON as the deprecated `opentelemetry-zipkin` writes it, to `endpoint`, else to
/// `OTEL_EXPORTER_ZIPKIN_ENDPOINT`, else to `http://localhost:9411/api/v2/spans`. Of a server the URL
/// alone is enough.
///
/// What that crate leaves out is put into the body on its way: the name of the service and its
/// address, the other side, `debug`, the fields of logs, further references and what a limit has
/// left out. The parent id of zeros on roots is taken out, trace ids of 64 bits are written as
/// such, a span lasts at least a microsecond, and an error without a message is named by its class.
///
/// `OTEL_EXPORTER_ZIPKIN_TIMEOUT` (milliseconds, 10,000 unless set) limits one upload.
///
/// # Errors
///
/// [`ConfigError`] if the endpoint is no URL (`https` needs the feature `tls`).
pub fn zipkin(endpoint: Option<&str>) -> Result<OpenTelemetryExporter, ConfigError> {
    build(endpoint, &Tls::default(), timeout())
}

/// As [`zipkin`]; where the endpoint is `https`, these authorities are trusted in the place of the
/// public ones, if some are given, and this identity is shown if there is one and the server asks.
///
/// # Errors
///
/// As there.
pub fn zipkin_secured(
    endpoint: Option<&str>,
    authorities: Option<&Authorities>,
    identity: Option<&Identity>,
) -> Result<OpenTelemetryExporter, ConfigError> {
    let tls = Tls {
        trusted: authorities.cloned(),
        identity: identity.cloned(),
    };
    build(endpoint, &tls, timeout())
}

/// As [`zipkin`], without any variable: so long may an upload take. For the crates beside this one.
///
/// # Errors
///
/// As there.
#[doc(hidden)]
pub fn zipkin_within(
    endpoint: &str,
    tls: &Tls,
    timeout: Duration,
) -> Result<OpenTelemetryExporter, ConfigError> {
    build(Some(endpoint), tls, timeout)
}

fn build(
    endpoint: Option<&str>,
    tls: &Tls,
    timeout: Duration,
) -> Result<OpenTelemetryExporter, ConfigError> {
    let endpoint = Endpoint::resolve(endpoint, VARIABLES, DEFAULT).at_path(PATH);
    endpoint.check("Zipkin endpoint", DEFAULT)?;
    let (client, noted) = crate::http::client(timeout, tls, endpoint.headers());
    let exporter = ZipkinExporter::builder()
        .with_collector_endpoint(&endpoint.url)
        .with_http_client(client.rewrite(complete::body))
        .build()
        .map_err(ConfigError::new)?;
    // The exporter knows no resource: the name of the service travels with each span.
    let nobody = Resource::builder_empty().build();
    let exporter = OpenTelemetryExporter::over(exporter, nobody, Box::new(Park), Box::new(noted));
    Ok(exporter.amend(amend::span).description(endpoint.describe()))
}

fn timeout() -> Duration {
    const DEFAULT: Duration = Duration::from_secs(10);
    let value = std::env::var("OTEL_EXPORTER_ZIPKIN_TIMEOUT").ok();
    let millis = value.and_then(|value| value.trim().parse().ok());
    let millis = millis.filter(|time| *time > 0);
    millis.map_or(DEFAULT, Duration::from_millis)
}
