//! Whom a channel trusts.

use tonic::transport::Endpoint;
#[cfg(feature = "tls")]
use tonic::transport::{Certificate, ClientTlsConfig};
use tracer_recording::Authorities;

use crate::config::ConfigError;

/// With these authorities where the endpoint is `https`; the public ones if nobody is named.
#[cfg(feature = "tls")]
pub(super) fn secured(
    endpoint: Endpoint,
    trusted: Option<&Authorities>,
) -> Result<Endpoint, ConfigError> {
    if endpoint.uri().scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    let tls = match trusted {
        Some(trusted) => {
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(trusted.pem()))
        }
        None => ClientTlsConfig::new().with_webpki_roots(),
    };
    endpoint.tls_config(tls).map_err(ConfigError::new)
}

/// Without `https` nobody is trusted.
#[cfg(not(feature = "tls"))]
pub(super) fn secured(
    endpoint: Endpoint,
    _: Option<&Authorities>,
) -> Result<Endpoint, ConfigError> {
    Ok(endpoint)
}
