//! What a client with TLS goes by.

use std::error::Error;
#[cfg(feature = "tls")]
use std::sync::Arc;

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
    /// What clients of rustls itself go by: these authorities, the public ones if nobody is named, and this
    /// identity.
    ///
    /// # Errors
    ///
    /// What is wrong with TLS in this process: authorities and identity are checked when they are made.
    #[cfg(feature = "tls")]
    pub fn config(&self) -> Result<Arc<rustls::ClientConfig>, rustls::Error> {
        use rustls::RootCertStore;
        use rustls::pki_types::pem::PemObject;
        use rustls::pki_types::{CertificateDer, PrivateKeyDer};

        let owned = |der: &[u8]| CertificateDer::from(der.to_vec());
        let mut roots = RootCertStore::empty();
        match &self.trusted {
            Some(trusted) => {
                roots.add_parsable_certificates(trusted.der().map(owned));
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots);
        Ok(Arc::new(match &self.identity {
            Some(identity) => {
                let key = PrivateKeyDer::from_pem_slice(identity.key_pem());
                let key = key.map_err(|error| rustls::Error::General(error.to_string()))?;
                config.with_client_auth_cert(identity.der().map(owned).collect(), key)?
            }
            None => config.with_no_client_auth(),
        }))
    }

    /// True if the peer ended the handshake over who is calling, and so saw no request (RFC 8446, section
    /// 6.2). TLS 1.3 lets a client send one before it is told.
    ///
    /// Told from the text: on its way through a client of HTTP/2 nothing else is left of the error.
    #[cfg(feature = "tls")]
    pub fn turned_away(error: &(dyn Error + 'static)) -> bool {
        use rustls::AlertDescription as Alert;

        const ALERTS: [Alert; 10] = [
            Alert::NoCertificate,
            Alert::BadCertificate,
            Alert::UnsupportedCertificate,
            Alert::CertificateRevoked,
            Alert::CertificateExpired,
            Alert::CertificateUnknown,
            Alert::UnknownCA,
            Alert::AccessDenied,
            Alert::DecryptError,
            Alert::CertificateRequired,
        ];
        let alerts = ALERTS.map(|alert| rustls::Error::AlertReceived(alert).to_string());
        tracer_core::causes::links(error).any(|error| {
            let said = error.to_string();
            alerts.iter().any(|alert| said.ends_with(alert))
        })
    }

    /// Without `https` nobody asks.
    #[cfg(not(feature = "tls"))]
    pub fn turned_away(_: &(dyn Error + 'static)) -> bool {
        false
    }
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use std::io;

    use rustls::AlertDescription as Alert;

    use super::*;

    /// An error as it comes from a connection.
    fn received(alert: Alert) -> io::Error {
        let error = rustls::Error::AlertReceived(alert);
        io::Error::new(io::ErrorKind::InvalidData, error)
    }

    #[test]
    fn a_peer_that_asks_who_is_calling_turns_away() {
        for alert in [
            Alert::CertificateRequired,
            Alert::BadCertificate,
            Alert::UnknownCA,
        ] {
            let error = received(alert);
            assert!(Tls::turned_away(&error), "{error}");
            // What h2 leaves of it.
            let error = io::Error::new(error.kind(), error.to_string());
            assert!(Tls::turned_away(&error), "{error}");
            #[cfg(feature = "_http")]
            assert!(Tls::turned_away(&ureq::Error::Io(error)));
        }
    }

    #[test]
    fn other_ends_are_not_about_who_is_calling() {
        for alert in [
            Alert::InternalError,
            Alert::BadRecordMac,
            Alert::CloseNotify,
        ] {
            assert!(!Tls::turned_away(&received(alert)), "{alert:?}");
        }
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert!(!Tls::turned_away(&reset));
    }
}
