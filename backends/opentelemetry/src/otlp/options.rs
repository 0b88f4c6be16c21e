//! OTLP, set up in code.

use std::fmt;
use std::time::Duration;

use opentelemetry_otlp::Compression;
use opentelemetry_sdk::Resource;
use tracer_recording::Authorities;

use super::{grpc, http};
use crate::config::ConfigError;
use crate::exporter::OpenTelemetryExporter;

/// What the variables `OTEL_EXPORTER_OTLP_*` say, said in code. What is not said is still read from
/// them.
///
/// ```
/// use std::time::Duration;
/// use tracer_opentelemetry::{OtlpOptions, resource};
/// use tracer_recording::Exporter;
///
/// let exporter = OtlpOptions::new()
///     .endpoint("http://collector.test/v1/traces")
///     .header("authorization", "Bearer secret")
///     .timeout(Duration::from_secs(5))
///     .gzip()
///     .http(resource([("deployment.environment.name", "test")]))?;
/// assert_eq!(exporter.describe(), "http://collector.test/v1/traces");
/// # Ok::<(), tracer_opentelemetry::ConfigError>(())
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct OtlpOptions {
    pub(super) endpoint: Option<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) timeout: Option<Duration>,
    pub(super) compression: Option<Compression>,
    pub(super) trusted: Option<Authorities>,
}

impl OtlpOptions {
    /// Nothing is said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where to send: over HTTP the full URL with its `/v1/traces`, over gRPC a URL without path.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sends this header (over gRPC: metadata) with each batch, for instance an access token.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The longest time for one upload.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Compresses what is sent.
    pub fn gzip(mut self) -> Self {
        self.compression = Some(Compression::Gzip);
        self
    }

    /// Trusts these authorities, in the place of the public ones, where the endpoint is `https`.
    pub fn trust(mut self, authorities: &Authorities) -> Self {
        self.trusted = Some(authorities.clone());
        self
    }

    /// As [`otlp_http`](crate::otlp_http).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the endpoint is no URL (`https` needs the feature `tls`), a header is none,
    /// or a variable names a file that holds no certificates.
    pub fn http(self, resource: Resource) -> Result<OpenTelemetryExporter, ConfigError> {
        self.check_headers()?;
        http::build(self, resource)
    }

    /// As [`otlp_grpc`](crate::otlp_grpc).
    ///
    /// # Errors
    ///
    /// As [`http`](Self::http).
    pub fn grpc(self, resource: Resource) -> Result<OpenTelemetryExporter, ConfigError> {
        self.check_headers()?;
        grpc::build(self, resource)
    }

    /// The exporters behind this leave out a wrong header without a word.
    fn check_headers(&self) -> Result<(), ConfigError> {
        for (name, value) in &self.headers {
            let fail = |what| ConfigError::new(format_args!("header {name:?}: no header's {what}"));
            ::http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| fail("name"))?;
            ::http::HeaderValue::from_str(value).map_err(|_| fail("value"))?;
        }
        Ok(())
    }
}

impl fmt::Debug for OtlpOptions {
    /// Without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpOptions")
            .field("headers", &self.headers.len())
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("trusted", &self.trusted)
            .finish_non_exhaustive()
    }
}
