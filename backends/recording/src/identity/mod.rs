//! Who a client of a collector is.

#[cfg_attr(feature = "tls", path = "on.rs")]
#[cfg_attr(not(feature = "tls"), path = "off.rs")]
mod face;
mod variables;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::pem::{self, Problem};

pub use variables::WrongVariable;

/// The certificate that a client shows to a collector that asks for one (mutual TLS), with the private
/// key that goes with it.
///
/// ```
/// use tracer_recording::Identity;
///
/// let error = Identity::from_files("/no/such/client.pem", "/no/such/client.key").unwrap_err();
/// assert!(error.to_string().starts_with("client certificate: cannot be read: "));
/// ```
#[derive(Clone)]
pub struct Identity {
    certificate_pem: Arc<[u8]>,
    key_pem: Arc<[u8]>,
    certificates: Arc<[Vec<u8>]>,
}

impl Identity {
    /// That of two files in PEM form (RFC 7468), which may be one and the same: the client's own
    /// certificate, then those between it and the authority that the collector knows; and its private
    /// key, in PKCS#8, PKCS#1 or SEC1, not encrypted.
    ///
    /// # Errors
    ///
    /// [`InvalidIdentity`] if a file cannot be read, and as [`from_pem`](Self::from_pem). The message
    /// tells which of the two it is about, but does not repeat the path.
    pub fn from_files(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, InvalidIdentity> {
        let certificate = pem::read(certificate).map_err(InvalidIdentity::certificate)?;
        let key = pem::read(key).map_err(InvalidIdentity::key)?;
        Self::from_pem(&certificate, &key)
    }

    /// That of two texts in PEM form. What else they hold is passed over.
    ///
    /// # Errors
    ///
    /// [`InvalidIdentity`] if there is no certificate or no key, if one is damaged or encrypted, if the
    /// key is not that of the first certificate, and always without the feature `tls`.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, InvalidIdentity> {
        let certificates = crate::authorities::certificates(certificate);
        let certificates = certificates.map_err(InvalidIdentity::certificate)?;
        face::check(&certificates, key)?;
        Ok(Self {
            certificate_pem: certificate.into(),
            key_pem: key.into(),
            certificates: certificates.into(),
        })
    }

    /// The text that the certificates were read from.
    pub fn certificate_pem(&self) -> &[u8] {
        &self.certificate_pem
    }

    /// The text that the private key was read from: a secret.
    pub fn key_pem(&self) -> &[u8] {
        &self.key_pem
    }

    /// Each certificate in DER form, at least one, the client's own first.
    pub fn der(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(Vec::as_slice)
    }
}

impl fmt::Debug for Identity {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.certificates.len())
            .finish_non_exhaustive()
    }
}

/// Nobody can be known by this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidIdentity {
    part: Part,
    problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Certificate,
    Key,
}

impl InvalidIdentity {
    fn certificate(problem: Problem) -> Self {
        let part = Part::Certificate;
        Self { part, problem }
    }

    fn key(problem: Problem) -> Self {
        let part = Part::Key;
        Self { part, problem }
    }

    /// True if it is about the key, which may be another's, else it is about the certificate.
    pub fn is_key(&self) -> bool {
        self.part == Part::Key
    }
}

impl fmt::Display for InvalidIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = match self.part {
            Part::Certificate => "certificate",
            Part::Key => "key",
        };
        write!(f, "client {part}: {}", self.problem)
    }
}

impl std::error::Error for InvalidIdentity {}
