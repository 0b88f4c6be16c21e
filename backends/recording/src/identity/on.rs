use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

use super::InvalidIdentity;
use crate::pem::Problem;

/// That clients will take them: one of them panics about a key that it cannot use.
pub(super) fn check(certificates: &[Vec<u8>], key: &[u8]) -> Result<(), InvalidIdentity> {
    let key = private_key(key).map_err(InvalidIdentity::key)?;
    let chain = certificates.iter().cloned().map(CertificateDer::from);
    let provider = CryptoProvider::get_default().map(Arc::clone);
    let provider = provider.unwrap_or_else(|| Arc::new(ring::default_provider()));
    match CertifiedKey::from_der(chain.collect(), key, &provider) {
        Ok(_) => Ok(()),
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err(InvalidIdentity::key(Problem::Stranger))
        }
        Err(Error::InvalidCertificate(_)) if is_first_version(certificates.first()) => {
            Err(InvalidIdentity::certificate(Problem::FirstVersion))
        }
        Err(Error::InvalidCertificate(why)) => {
            let why = why.to_string();
            let problem = Problem::Certificate { number: 1, why };
            Err(InvalidIdentity::certificate(problem))
        }
        Err(error) => Err(InvalidIdentity::key(Problem::Key(error.to_string()))),
    }
}

/// The first.
fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, Problem> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        // In PKCS#8 it is the section's name that says so, before that it was a line in it.
        PemError::NoItemsFound | PemError::Base64Decode(_) if holds(pem, b"ENCRYPTED") => {
            Problem::Encrypted
        }
        PemError::NoItemsFound => Problem::NoKey,
        error => error.into(),
    })
}

/// True unless the certificate begins with its version (RFC 5280, section 4.1), as any later one does.
fn is_first_version(certificate: Option<&Vec<u8>>) -> bool {
    const VERSION: u8 = 0xa0;
    let signed = certificate.and_then(|certificate| within(certificate));
    let signed = signed.and_then(within);
    signed.is_some_and(|signed| signed.first() != Some(&VERSION))
}

/// What is in a sequence of DER, behind its length, which may have a length of its own.
fn within(sequence: &[u8]) -> Option<&[u8]> {
    let length = *sequence.get(1)?;
    let more = if length < 0x80 { 0 } else { length & 0x7f };
    sequence.get(2 + usize::from(more)..)
}

fn holds(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Identity;

    const EC: &str = include_str!("pem/ec.pem");
    const EC_FIRST_VERSION: &str = include_str!("pem/ec-v1.pem");
    const EC_SEC1: &str = include_str!("pem/ec-sec1.pem");
    const EC_PKCS8: &str = include_str!("pem/ec-pkcs8.pem");
    const RSA: &str = include_str!("pem/rsa.pem");
    const RSA_PKCS1: &str = include_str!("pem/rsa-pkcs1.pem");
    const RSA_PKCS8: &str = include_str!("pem/rsa-pkcs8.pem");

    fn from(certificate: &str, key: &str) -> Result<Identity, InvalidIdentity> {
        Identity::from_pem(certificate.as_bytes(), key.as_bytes())
    }

    fn error(certificate: &str, key: &str) -> String {
        from(certificate, key).unwrap_err().to_string()
    }

    #[test]
    fn keys_of_every_form_are_read() {
        for (certificate, key) in [
            (EC, EC_SEC1),
            (EC, EC_PKCS8),
            (RSA, RSA_PKCS1),
            (RSA, RSA_PKCS8),
        ] {
            let identity = from(certificate, key).unwrap();
            assert_eq!(identity.certificate_pem(), certificate.as_bytes());
            assert_eq!(identity.key_pem(), key.as_bytes());
            assert_eq!(identity.der().count(), 1);
        }
    }

    #[test]
    fn a_chain_begins_with_the_clients_own() {
        let chain = format!("subject: client\n{EC}\nissuer:\n{RSA}");
        let identity = from(&chain, EC_SEC1).unwrap();
        assert_eq!(identity.der().count(), 2);
        assert!(from(&chain, RSA_PKCS1).is_err());
    }

    #[test]
    fn one_file_may_hold_both() {
        let both = format!("{EC_PKCS8}{EC}");
        assert_eq!(from(&both, &both).unwrap().der().count(), 1);
    }

    #[test]
    fn what_is_missing_is_told() {
        for none in ["", "some text", EC_SEC1] {
            let expected = "client certificate: holds no certificate in PEM form";
            assert_eq!(error(none, EC_SEC1), expected);
        }
        for none in ["", "some text", EC] {
            let said = error(EC, none);
            let expected = "client key: holds no private key in PEM form";
            assert!(said.starts_with(expected), "{said}");
        }
    }

    #[test]
    fn a_key_belongs_to_its_certificate() {
        for (certificate, key) in [(EC, RSA_PKCS1), (RSA, EC_PKCS8), (RSA, EC_SEC1)] {
            let error = from(certificate, key).unwrap_err();
            assert!(error.is_key());
            let expected = "client key: the private key in it is not that of the certificate";
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn what_is_damaged_is_told_without_the_key() {
        let cut = |pem: &'static str| &pem[..pem.len() / 2];
        let odd = |name| format!("-----BEGIN {name}-----\nAAAA\n-----END {name}-----\n");
        for (certificate, key, expected) in [
            (cut(EC), EC_SEC1, "client certificate: is damaged: "),
            (EC, cut(EC_SEC1), "client key: is damaged: "),
            (EC, cut(RSA_PKCS1), "client key: is damaged: "),
            (
                &*odd("CERTIFICATE"),
                EC_SEC1,
                "client certificate: certificate 1 in it is damaged: ",
            ),
            (
                EC,
                &*odd("EC PRIVATE KEY"),
                "client key: the private key in it cannot be used: ",
            ),
            (
                EC,
                &*RSA_PKCS8.replace("MII", "M?I"),
                "client key: is damaged: ",
            ),
        ] {
            let error = from(certificate, key).unwrap_err();
            let said = error.to_string();
            assert!(said.starts_with(expected), "{said}");
            assert_eq!(error.is_key(), expected.starts_with("client key"));
            let debug = format!("{error:?}");
            for line in key
                .lines()
                .filter(|line| line.len() > 20 && !line.contains("--"))
            {
                assert!(!said.contains(line) && !debug.contains(line), "{debug}");
            }
        }
    }

    /// What OpenSSL makes of a request unless it is told of an extension.
    #[test]
    fn a_certificate_without_extensions_is_told() {
        let said = error(EC_FIRST_VERSION, EC_SEC1);
        let expected = "client certificate: certificate 1 in it is of X.509 version 1; ";
        assert!(said.starts_with(expected), "{said}");
    }

    #[test]
    fn a_key_with_a_passphrase_is_told() {
        let pkcs8 =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----";
        let older = RSA_PKCS1.replacen('\n', "\nProc-Type: 4,ENCRYPTED\n\n", 1);
        for encrypted in [pkcs8, &older] {
            let said = error(EC, encrypted);
            assert!(said.contains("is encrypted"), "{said}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let identity = from(EC, EC_SEC1).unwrap();
        assert_eq!(format!("{identity:?}"), "Identity { certificates: 1, .. }");
        assert_eq!(format!("{identity:#?}").lines().count(), 4);
    }
}
