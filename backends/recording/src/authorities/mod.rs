//! Whom a client of a collector trusts.

#[cfg_attr(feature = "tls", path = "on.rs")]
#[cfg_attr(not(feature = "tls"), path = "off.rs")]
mod face;
mod folders;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::pem::{self, Problem};

pub(crate) use face::certificates;

/// The certificate authorities that a client trusts, in the place of the public ones (Mozilla's
/// list): those of a company whose collector has a certificate of its own.
///
/// ```
/// use tracer_recording::Authorities;
///
/// let error = Authorities::from_file("/no/such/file.pem").unwrap_err();
/// assert!(error.to_string().starts_with("cannot be read: "));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Authorities {
    pem: Arc<[u8]>,
    certificates: Arc<[Vec<u8>]>,
}

impl Authorities {
    /// Those of a file in PEM form (RFC 7468), with one certificate or more.
    ///
    /// # Errors
    ///
    /// [`InvalidAuthorities`] if the file cannot be read, and as
    /// [`from_pem`](Self::from_pem). The message does not repeat the path.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, InvalidAuthorities> {
        Self::from_pem(&pem::read(path)?)
    }

    /// Those of a text in PEM form. What else it holds is passed over.
    ///
    /// # Errors
    ///
    /// [`InvalidAuthorities`] if there is no certificate, if one is damaged, and always without the
    /// feature `tls`.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidAuthorities> {
        Ok(Self {
            certificates: certificates(pem)?.into(),
            pem: pem.into(),
        })
    }

    /// True if a client of this endpoint asks for certificates: it is `https`, `amqps` or `kafka+ssl`, and
    /// that is compiled in.
    pub fn count_for(endpoint: &str) -> bool {
        let scheme = endpoint.split_once("://").map(|(scheme, _)| scheme.trim());
        let asks = |scheme: &str| {
            let mut all = ["https", "amqps", "kafka+ssl"].iter();
            all.any(|one| scheme.eq_ignore_ascii_case(one))
        };
        cfg!(feature = "tls") && scheme.is_some_and(asks)
    }

    /// The text that they were read from.
    pub fn pem(&self) -> &[u8] {
        &self.pem
    }

    /// Each certificate in DER form, at least one.
    pub fn der(&self) -> impl Iterator<Item = &[u8]> {
        self.certificates.iter().map(Vec::as_slice)
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities")
            .field("certificates", &self.certificates.len())
            .finish_non_exhaustive()
    }
}

/// Nobody can be trusted by this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidAuthorities(Problem);

impl InvalidAuthorities {
    /// True if nothing is wrong, but there is no certificate.
    pub fn is_none(&self) -> bool {
        self.0 == Problem::NoCertificate
    }
}

impl From<Problem> for InvalidAuthorities {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl fmt::Display for InvalidAuthorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for InvalidAuthorities {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tls_asks_for_certificates() {
        for (url, expected) in [
            ("https://a.test:4317", true),
            ("HTTPS://a.test", true),
            ("amqps://a.test", true),
            ("Kafka+SSL://a.test,b.test", true),
            ("kafka://a.test", false),
            ("unix:/run/collector", false),
            ("http://a.test:4317", false),
        ] {
            let expected = expected && cfg!(feature = "tls");
            assert_eq!(Authorities::count_for(url), expected, "{url}");
        }
    }
}
