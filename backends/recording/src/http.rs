//! How collectors are asked over HTTP. For the crates beside this one: it changes with the client.

use std::time::Duration;

use ureq::Agent;
use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

use crate::tls::Tls;

/// How long a connection that nobody uses is kept. Less than the idle time after which common servers hang
/// up: a batch written into a connection that the server is closing would be lost.
#[doc(hidden)]
pub const IDLE: Duration = Duration::from_secs(4);

impl Tls {
    /// A client under this name that trusts these authorities, the public ones if nobody is named, and shows
    /// this identity. Redirects are not followed, and proxies of the environment are not used; what an answer
    /// means is its user's affair.
    pub fn agent(&self, name: &str) -> Agent {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .max_idle_age(IDLE)
            .user_agent(name);
        self.secured(config).build().new_agent()
    }

    #[cfg(feature = "tls")]
    fn secured(&self, config: ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope> {
        use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

        let owned = |der| Certificate::from_der(der).to_owned();
        let mut tls = TlsConfig::builder();
        if let Some(trusted) = &self.trusted {
            tls = tls.root_certs(RootCerts::from(trusted.der().map(owned)));
        }
        if let Some(identity) = &self.identity {
            let chain: Vec<_> = identity.der().map(owned).collect();
            // It is there: an identity is checked when it is made.
            let key = PrivateKey::from_pem(identity.key_pem()).ok();
            tls = tls.client_cert(key.map(|key| ClientCert::new_with_certs(&chain, key)));
        }
        config.tls_config(tls.build())
    }

    /// It knows no `https`, and so trusts nobody.
    #[cfg(not(feature = "tls"))]
    fn secured(&self, config: ConfigBuilder<AgentScope>) -> ConfigBuilder<AgentScope> {
        config
    }
}
