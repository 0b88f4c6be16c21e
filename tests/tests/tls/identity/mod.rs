//! Collectors that ask who is calling: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `…_CLIENT_KEY`.

mod code;
mod wrong;

use std::iter::repeat;

use tracer_backends::Backend;

use crate::authority::{Authority, Shown};
use crate::files::PemFile;
use crate::grpc::Collector;
use crate::server::Server;
use crate::setup::{HOST, LONG, SSL_CERT_FILE, Vars, backend, until, work};

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const TRACES_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE";
const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
const TRACES_KEY: &str = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY";

/// Variables that may name the two files, each beside that which it wins over.
const WAYS: [[&[&str]; 2]; 4] = [
    [&[CERTIFICATE], &[KEY]],
    [&[TRACES_CERTIFICATE, CERTIFICATE], &[TRACES_KEY, KEY]],
    [&[TRACES_CERTIFICATE, CERTIFICATE], &[KEY]],
    [&[CERTIFICATE], &[TRACES_KEY, KEY]],
];

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!(
            "../../../../backends/recording/src/identity/pem/",
            $name,
            ".pem"
        ))
    };
}

/// A certificate that vouches for itself, and its key.
const KEYS: [[&str; 2]; 4] = [
    [pem!("ec"), pem!("ec-sec1")],
    [pem!("ec"), pem!("ec-pkcs8")],
    [pem!("rsa"), pem!("rsa-pkcs1")],
    [pem!("rsa"), pem!("rsa-pkcs8")],
];

/// Both collectors, and what a caller must know of them.
struct Both {
    http: Server,
    grpc: Collector,
    /// Whom the caller trusts.
    trusted: PemFile,
}

impl Both {
    /// They ask for certificates of these authorities.
    fn asking(callers: &str) -> Self {
        let authority = Authority::new();
        let shown = || authority.sign(HOST).for_callers_of(callers);
        Self {
            http: Server::showing(shown()),
            grpc: Collector::showing(&shown()),
            trusted: authority.file(),
        }
    }

    /// What sends to the one, and what sends to the other.
    fn backends(&self, vars: &Vars<'_>) -> [Backend; 2] {
        let urls = [self.http.url(""), self.grpc.url()];
        let protocols = ["http/protobuf", "grpc"];
        let mut each = urls.iter().zip(protocols);
        [(); 2].map(|()| {
            let (url, protocol) = each.next().unwrap();
            let to = [
                ("OTEL_TRACES_EXPORTER", "otlp"),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                (SSL_CERT_FILE, self.trusted.path()),
            ];
            backend(&[&to, vars].concat())
        })
    }

    /// Both take a span under these variables.
    fn take(&self, vars: &Vars<'_>) {
        for backend in self.backends(vars) {
            work(&backend);
            backend.shutdown(LONG).unwrap();
            let (_, counts) = backend.counts()[0];
            assert_eq!((counts.sent, counts.retries), (1, 0), "{vars:?}");
        }
        self.http.requests.recv_timeout(LONG).unwrap();
        self.grpc.requests.recv_timeout(LONG).unwrap();
    }
}

fn named([certificate, key]: &[PemFile; 2]) -> [(&str, &str); 2] {
    [(CERTIFICATE, certificate.path()), (KEY, key.path())]
}

#[test]
fn callers_are_known_by_their_certificates() {
    let authority = Authority::new();
    let both = Both::asking(authority.pem());
    let (right, wrong) = (
        authority.sign("shop").files(),
        Authority::new().sign("shop").files(),
    );
    for way in WAYS {
        let mut vars = Vec::new();
        for (names, (right, wrong)) in way.iter().zip(right.iter().zip(&wrong)) {
            let files = [right.path()].into_iter().chain(repeat(wrong.path()));
            vars.extend(names.iter().copied().zip(files));
        }
        both.take(&vars);
    }
}

#[test]
fn keys_may_have_any_form() {
    for [certificate, key] in KEYS {
        let files = [certificate, key].map(PemFile::new);
        Both::asking(certificate).take(&named(&files));
    }
}

#[test]
fn a_chain_leads_to_an_authority_that_the_collector_knows() {
    let authority = Authority::new();
    let below = authority.below();
    let shown = below.sign("shop");
    let chain = shown.certificate.pem() + below.pem();
    let [_, key] = shown.files();
    Both::asking(authority.pem()).take(&named(&[PemFile::new(&chain), key]));
}

#[test]
fn nobody_else_is_let_in() {
    let authority = Authority::new();
    let both = Both::asking(authority.pem());
    let nobody: Option<Shown> = None;
    let others = [
        nobody,
        Some(Authority::new().sign("shop")),
        Some(authority.expired("shop")),
    ];
    for shown in others {
        let files = shown.map(|shown| shown.files());
        let vars = files.as_ref().map(named);
        for backend in both.backends(vars.as_ref().map_or(&[], |vars| vars)) {
            work(&backend);
            until("tried", || {
                let (_, counts) = backend.counts()[0];
                counts.retries > 0 || counts.dropped() > 0
            });
            let (_, counts) = backend.counts()[0];
            assert_eq!(counts.sent, 0);
        }
        assert!(both.http.requests.try_recv().is_err());
        assert!(both.grpc.requests.try_recv().is_err());
    }
}
