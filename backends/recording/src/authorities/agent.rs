//! The HTTP client of exporters and samplers.

use ureq::Agent;
use ureq::config::ConfigBuilder;
#[cfg(feature = "tls")]
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::typestate::AgentScope;

use super::Authorities;

impl Authorities {
    /// A client that trusts these authorities; the public ones if nobody is named. For the crates beside
    /// this one: it changes with the client.
    #[doc(hidden)]
    #[cfg(feature = "tls")]
    pub fn agent(config: ConfigBuilder<AgentScope>, trusted: Option<&Self>) -> Agent {
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
    #[doc(hidden)]
    #[cfg(not(feature = "tls"))]
    pub fn agent(config: ConfigBuilder<AgentScope>, _: Option<&Self>) -> Agent {
        config.build().new_agent()
    }
}
