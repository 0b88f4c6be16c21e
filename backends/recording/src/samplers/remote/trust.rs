//! Whom the HTTP client trusts.

use ureq::Agent;
use ureq::config::ConfigBuilder;
#[cfg(feature = "tls")]
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

use crate::authorities::Authorities;

/// A client that trusts these authorities; the public ones if nobody is named.
#[cfg(feature = "tls")]
pub(super) fn agent(config: ConfigBuilder<AgentScope>, trusted: Option<&Authorities>) -> Agent {
    let Some(trusted) = trusted else {
        return config.build().new_agent();
    };
    let certificates = trusted
        .der()
        .map(|der| Certificate::from_der(der).to_owned());
    let tls = TlsConfig::builder().root_certs(RootCerts::from(certificates));
    config.tls_config(tls.build()).build().new_agent()
}

/// A client that knows no `https`, and so trusts nobody.
#[cfg(not(feature = "tls"))]
pub(super) fn agent(config: ConfigBuilder<AgentScope>, _: Option<&Authorities>) -> Agent {
    config.build().new_agent()
}
