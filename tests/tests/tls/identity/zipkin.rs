//! `OTEL_EXPORTER_ZIPKIN_CERTIFICATE`, `…_CLIENT_CERTIFICATE` and `…_CLIENT_KEY`.

use crate::authority::Authority;
use crate::files::PemFile;
use crate::server::Server;
use crate::setup::{HOST, LONG, SSL_CERT_FILE, Vars, backend, setup, work};

const TRUSTED: &str = "OTEL_EXPORTER_ZIPKIN_CERTIFICATE";
const CERTIFICATE: &str = "OTEL_EXPORTER_ZIPKIN_CLIENT_CERTIFICATE";
const KEY: &str = "OTEL_EXPORTER_ZIPKIN_CLIENT_KEY";

/// Both send to the same endpoint.
const EXPORTERS: [&str; 2] = ["zipkin", "otel-zipkin"];

pub(super) fn named([certificate, key]: &[PemFile; 2]) -> [(&str, &str); 2] {
    [(CERTIFICATE, certificate.path()), (KEY, key.path())]
}

fn to<'a>(exporter: &'a str, url: &'a str) -> [(&'a str, &'a str); 2] {
    [
        ("OTEL_TRACES_EXPORTER", exporter),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", url),
    ]
}

#[test]
fn variables_say_whom_to_trust_and_who_is_calling() {
    let (authority, callers, stranger) = (Authority::new(), Authority::new(), Authority::new());
    let shown = authority.sign(HOST).for_callers_of(callers.pem());
    let server = Server::showing(shown);
    let url = server.url("/api/v2/spans");
    let (trusted, files) = (authority.file(), callers.sign("shop").files());
    let everybody_else = stranger.file();
    for exporter in EXPORTERS {
        let trust = [
            (TRUSTED, trusted.path()),
            (SSL_CERT_FILE, everybody_else.path()),
        ];
        let backend = backend(&[&to(exporter, &url)[..], &trust, &named(&files)].concat());
        work(&backend);
        backend.shutdown(LONG).unwrap();
        let (_, counts) = backend.counts()[0];
        assert_eq!((counts.sent, counts.retries), (1, 0), "{exporter}");
        assert!(server.requests.recv_timeout(LONG).unwrap().holds("a job"));
    }
}

fn error(vars: &Vars<'_>) -> String {
    let [zipkin, otel_zipkin] = EXPORTERS.map(|exporter| {
        let to = to(exporter, "https://a.test/api/v2/spans");
        setup(&[&to, vars].concat()).unwrap_err().to_string()
    });
    assert_eq!(zipkin, otel_zipkin);
    zipkin
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_that_names_it() {
    const MISSING: &str = "/no/such/file.pem";
    let [certificate, key] = Authority::new().sign("shop").files();
    let (certificate, key) = (certificate.path(), key.path());
    for (vars, name, path, why) in [
        (
            [(CERTIFICATE, MISSING), (KEY, key)],
            CERTIFICATE,
            MISSING,
            "cannot be read: ",
        ),
        (
            [(CERTIFICATE, certificate), (KEY, certificate)],
            KEY,
            certificate,
            "holds no private key",
        ),
        (
            [(CERTIFICATE, certificate), (KEY, " ")],
            CERTIFICATE,
            certificate,
            &format!("needs {KEY} beside it"),
        ),
        (
            [(CERTIFICATE, ""), (KEY, key)],
            KEY,
            key,
            &format!("needs {CERTIFICATE} beside it"),
        ),
    ] {
        let said = error(&vars);
        let expected = format!("{name}={path:?}: {why}");
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn where_nobody_asks_nobody_answers() {
    let files = ["", ""].map(PemFile::new);
    let trusted = PemFile::new("");
    for exporter in EXPORTERS {
        let to = to(exporter, "http://a.test/api/v2/spans");
        let trust = [(TRUSTED, trusted.path())];
        let backend = setup(&[&to[..], &trust, &named(&files)].concat()).unwrap();
        let expected = |name| format!("{name}: the endpoint has no TLS; ignored");
        let names = [TRUSTED, CERTIFICATE, KEY];
        assert_eq!(backend.warnings(), names.map(expected), "{exporter}");
    }
}
