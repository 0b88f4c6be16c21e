use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::pem::Problem;

/// All of them, at least one, in DER form: clients leave out what they cannot read, and then trust
/// nobody without a word.
pub(crate) fn certificates(pem: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    let mut store = RootCertStore::empty();
    let mut certificates = Vec::new();
    for found in CertificateDer::pem_slice_iter(pem) {
        let certificate = found?;
        let der = certificate.to_vec();
        store
            .add(certificate)
            .map_err(|error| Problem::Certificate {
                number: certificates.len() + 1,
                why: error.to_string(),
            })?;
        certificates.push(der);
    }
    match certificates.is_empty() {
        true => Err(Problem::NoCertificate),
        false => Ok(certificates),
    }
}

#[cfg(test)]
mod tests {
    use crate::Authorities;

    const PEM: &str = include_str!("authority.pem");

    fn error(pem: &str) -> String {
        let error = Authorities::from_pem(pem.as_bytes()).unwrap_err();
        error.to_string()
    }

    #[test]
    fn every_certificate_is_read_and_what_is_between_them_is_not() {
        let one = Authorities::from_pem(PEM.as_bytes()).unwrap();
        assert_eq!(one.der().count(), 1);
        assert_eq!(one.pem(), PEM.as_bytes());
        let two = format!("# a bundle\n{PEM}\nsubject: another\n{PEM}");
        let two = Authorities::from_pem(two.as_bytes()).unwrap();
        assert_eq!(two.der().count(), 2);
        assert_eq!(two.der().last(), one.der().next());
    }

    #[test]
    fn what_is_no_certificate_is_an_error() {
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        for none in ["", "some text", key] {
            assert_eq!(error(none), "holds no certificate in PEM form");
        }
    }

    #[test]
    fn a_damaged_certificate_is_an_error_beside_sound_ones_too() {
        let cut = PEM.trim_end().strip_suffix("-----END CERTIFICATE-----");
        let cut = format!("{PEM}{}", cut.unwrap());
        assert_eq!(error(&cut), "is damaged: a section has no end");
        let odd = PEM.replace("MII", "M?I");
        assert_eq!(error(&odd), "is damaged: a section is not base64");
        let odd = format!("{PEM}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        let odd = error(&odd);
        assert!(odd.starts_with("certificate 2 in it is damaged: "), "{odd}");
    }

    #[test]
    fn debug_is_short() {
        let one = Authorities::from_pem(PEM.as_bytes()).unwrap();
        assert_eq!(format!("{one:?}"), "Authorities { certificates: 1, .. }");
    }
}
