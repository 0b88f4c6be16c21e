//! Whom a channel trusts, and who it is.

use tonic::transport::Endpoint;
#[cfg(feature = "tls")]
use tonic::transport::{Certificate, ClientTlsConfig, Identity};
use tracer_recording::Tls;

use crate::config::ConfigError;

/// With these authorities and this identity where the endpoint is `https`; the public authorities if
/// nobody is named.
#[cfg(feature = "tls")]
pub(super) fn secured(endpoint: Endpoint, tls: &Tls) -> Result<Endpoint, ConfigError> {
    if endpoint.uri().scheme_str() != Some("https") {
        return Ok(endpoint);
    }
    let mut config = ClientTlsConfig::new();
    config = match &tls.trusted {
        Some(trusted) => config.ca_certificate(Certificate::from_pem(trusted.pem())),
        None => config.with_webpki_roots(),
    };
    if let Some(identity) = &tls.identity {
        let (certificate, key) = (identity.certificate_pem(), identity.key_pem());
        config = config.identity(Identity::from_pem(certificate, key));
    }
    endpoint.tls_config(config).map_err(ConfigError::new)
}

/// Without `https` nobody is trusted.
#[cfg(not(feature = "tls"))]
pub(super) fn secured(endpoint: Endpoint, _: &Tls) -> Result<Endpoint, ConfigError> {
    Ok(endpoint)
}
