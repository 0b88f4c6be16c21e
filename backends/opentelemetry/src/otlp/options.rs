//! OTLP, set up in code.

use std::fmt;
use std::time::Duration;

use opentelemetry_otlp::Compression;
use tracer_recording::{Authorities, Identity, Tls};

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
    pub(super) tls: Tls,
    no_variables: bool,
}

impl OtlpOptions {
    /// Nothing is said.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where to send: over HTTP the full URL with its `/v1/traces`, over gRPC a URL without path. User
    /// and password in it are percent-decoded and sent as basic authentication, unless a header
    /// `authorization` is told.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Sends this header (over gRPC: metadata) with each batch, for instance an access token; in the
    /// place of one of the same name in a variable.
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
        self.tls.trusted = Some(authorities.clone());
        self
    }

    /// Shows this identity where the endpoint is `https` and the collector asks for one (mutual TLS).
    pub fn identity(mut self, identity: &Identity) -> Self {
        self.tls.identity = Some(identity.clone());
        self
    }

    /// Reads no variables for what is not said. Only `OTEL_EXPORTER_OTLP_COMPRESSION` and its variant
    /// for traces still count: the exporter behind this reads them itself.
    pub fn without_variables(mut self) -> Self {
        self.no_variables = true;
        self
    }

    /// Which of these variables are read.
    pub(super) fn variables<'v, T>(&self, names: &'v [T]) -> &'v [T] {
        if self.no_variables { &[] } else { names }
    }

    /// The value of a variable that is read; empty is unset.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        if self.no_variables {
            return None;
        }
        let value = std::env::var(name).ok()?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
    }
}

impl fmt::Debug for OtlpOptions {
    /// Without what may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpOptions")
            .field("headers", &self.headers.len())
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("trusted", &self.tls.trusted)
            .field("identity", &self.tls.identity)
            .finish_non_exhaustive()
    }
}
