//! Collectors that ask who is calling: `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `…_CLIENT_KEY`, and
//! Zipkin's.

mod code;
mod wrong;
mod zipkin;

use std::iter::repeat;
use std::time::Duration;

use tracer_backends::Backend;

use crate::authority::Authority;
use crate::files::PemFile;
use crate::grpc::Collector;
use crate::server::Server;
use crate::setup::{HOST, LONG, OVER_HTTP, SSL_CERT_FILE, Vars, backend, until, work};

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE";
const TRACES_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE";
const KEY: &str = "OTEL_EXPORTER_OTLP_CLIENT_KEY";
const TRACES_KEY: &str = "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY";

/// Nobody waits for more spans.
const AT_ONCE: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "1");

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
                AT_ONCE,
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

/// Nobody, a stranger, and one who was known once.
fn others(authority: &Authority) -> [Option<[PemFile; 2]>; 3] {
    let stranger = Authority::new().sign("shop");
    let expired = authority.expired("shop");
    [None, Some(stranger.files()), Some(expired.files())]
}

#[test]
fn nobody_else_is_let_in() {
    let authority = Authority::new();
    let both = Both::asking(authority.pem());
    for files in others(&authority) {
        let vars = files.as_ref().map(named);
        for backend in both.backends(vars.as_ref().map_or(&[], |vars| vars)) {
            work(&backend);
            until("tried", || {
                let (_, counts) = backend.counts()[0];
                counts.retries > 0 || counts.dropped() > 0
            });
            // Nobody waits for the rest.
            let _ = backend.shutdown(Duration::ZERO);
            let (_, counts) = backend.counts()[0];
            assert_eq!(counts.sent, 0);
        }
        assert!(both.http.requests.try_recv().is_err());
        assert!(both.grpc.requests.try_recv().is_err());
    }
}

#[test]
fn spans_wait_until_the_collector_lets_them_in() {
    let (authority, callers) = (Authority::new(), Authority::new());
    let (trusted, others) = (authority.file(), others(&callers));
    let cases = OVER_HTTP.into_iter();
    let cases = cases.flat_map(|exporter| others.iter().map(move |files| (exporter, files)));
    for ((exporter, variable, path), files) in cases {
        let server = Server::showing(authority.sign(HOST).for_callers_of(callers.pem()));
        let url = server.url(path);
        let mut vars = vec![
            ("OTEL_TRACES_EXPORTER", exporter),
            (variable, &*url),
            (SSL_CERT_FILE, trusted.path()),
            AT_ONCE,
        ];
        let named = if exporter == "otlp" {
            named
        } else {
            zipkin::named
        };
        vars.extend(files.as_ref().map(named).into_iter().flatten());
        let backend = backend(&vars);
        work(&backend);
        until("tried again", || backend.counts()[0].1.retries > 1);
        let (_, counts) = backend.counts()[0];
        assert_eq!((counts.queued, counts.dropped()), (1, 0), "{counts:?}");
        assert!(server.requests.try_recv().is_err());

        server.show(authority.sign(HOST));
        backend.shutdown(LONG).unwrap();
        assert!(server.requests.recv_timeout(LONG).unwrap().holds("a job"));
        assert_eq!(backend.counts()[0].1.sent, 1, "{exporter}");
    }
}
