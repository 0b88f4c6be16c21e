//! What a client of `https` goes by.

#[cfg(feature = "_http")]
use ureq::{Agent, config::ConfigBuilder, typestate::AgentScope};

use crate::authorities::Authorities;
use crate::identity::Identity;

/// Whom a client trusts, and who it is. For the crates beside this one: it changes with the client.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Tls {
    pub trusted: Option<Authorities>,
    pub identity: Option<Identity>,
}

impl Tls {
    /// A client that trusts these authorities, the public ones if nobody is named, and shows this
    /// identity.
    #[cfg(all(feature = "_http", feature = "tls"))]
    pub fn agent(&self, config: ConfigBuilder<AgentScope>) -> Agent {
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
        config.tls_config(tls.build()).build().new_agent()
    }

    /// A client that knows no `https`, and so trusts nobody.
    #[cfg(all(feature = "_http", not(feature = "tls")))]
    pub fn agent(&self, config: ConfigBuilder<AgentScope>) -> Agent {
        config.build().new_agent()
    }
}
