//! A private authority, made for one test.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::files::PemFile;

pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// What a server shows, or a client.
pub(crate) struct Shown {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
    /// In PEM form: who may call this server.
    pub(crate) callers: Option<String>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// One that this authority vouches for.
    pub(crate) fn below(&self) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "below");
        let key = KeyPair::generate().unwrap();
        let pem = params.signed_by(&key, &self.issuer).unwrap().pem();
        let issuer = Issuer::new(params, key);
        Self { issuer, pem }
    }

    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// What a user's variable names.
    pub(crate) fn file(&self) -> PemFile {
        PemFile::new(&self.pem)
    }

    /// A certificate for this host.
    pub(crate) fn sign(&self, host: &str) -> Shown {
        self.sign_as(&CertificateParams::new([host.to_owned()]).unwrap())
    }

    /// One that was good once.
    pub(crate) fn expired(&self, host: &str) -> Shown {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.sign_as(&params)
    }

    fn sign_as(&self, params: &CertificateParams) -> Shown {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Shown {
            certificate,
            key,
            callers: None,
        }
    }
}

impl Shown {
    /// Signed by itself, as small set-ups have it; it says of itself what it may sign.
    pub(crate) fn alone(host: &str, may_sign: IsCa) -> Self {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.is_ca = may_sign;
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self {
            certificate,
            key,
            callers: None,
        }
    }

    /// To those only whom one of these authorities vouches for.
    pub(crate) fn for_callers_of(mut self, authorities: &str) -> Self {
        self.callers = Some(authorities.to_owned());
        self
    }

    /// What a user's variables name: the certificate and the key.
    pub(crate) fn files(&self) -> [PemFile; 2] {
        [self.certificate.pem(), self.key.serialize_pem()].map(|text| PemFile::new(&text))
    }

    pub(crate) fn config(self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match self.callers {
            None => config.with_no_client_auth(),
            Some(callers) => {
                let mut roots = RootCertStore::empty();
                for root in CertificateDer::pem_slice_iter(callers.as_bytes()) {
                    roots.add(root.unwrap()).unwrap();
                }
                let roots = Arc::new(roots);
                let callers = WebPkiClientVerifier::builder_with_provider(roots, provider);
                config.with_client_cert_verifier(callers.build().unwrap())
            }
        };
        let config = config.with_single_cert(vec![self.certificate.der().clone()], key);
        Arc::new(config.unwrap())
    }
}
