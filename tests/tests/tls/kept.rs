//! What becomes of spans whose collector cannot be trusted: the connection fails, so they are kept
//! and tried again (nothing was written), and in the end counted.

use std::time::Duration;

use rcgen::{BasicConstraints, IsCa};
use tracer_backends::Backend;

use crate::authority::{Authority, Shown};
use crate::files::PemFile;
use crate::grpc::Collector;
use crate::server::Server;
use crate::setup::{HOST, LONG, OVER_HTTP, SSL_CERT_FILE, backend, until, work, zipkin};

const SPANS: u64 = 20;

/// Lets spans end while nobody can be sent anything.
fn held_up(backend: &Backend) {
    for _ in 0..SPANS {
        work(backend);
    }
    // What ends a span does not wait: it is done, whatever the other side does.
    let (name, counts) = backend.counts()[0];
    assert_eq!(counts.accepted, SPANS, "{name}");
    until("tried again", || backend.counts()[0].1.retries > 1);
    let (name, counts) = backend.counts()[0];
    let fates = (counts.queued, counts.sent, counts.dropped());
    assert_eq!(fates, (SPANS, 0, 0), "{name}: {counts:?}");
}

/// Ends it all, without a chance that the spans arrive.
fn given_up(backend: &Backend) {
    assert!(backend.shutdown(Duration::from_millis(100)).is_err());
    until("counted", || backend.counts()[0].1.queued == 0);
    let (name, counts) = backend.counts()[0];
    let fates = (counts.dropped_closed, counts.dropped(), counts.sent);
    assert_eq!(fates, (SPANS, SPANS, 0), "{name}: {counts:?}");
}

/// Certificates that nobody may take who trusts this authority: of another, for another host, too
/// old.
fn wrong(authority: &Authority) -> [Shown; 3] {
    [
        Authority::new().sign(HOST),
        authority.sign("another.test"),
        authority.expired(HOST),
    ]
}

#[test]
fn spans_wait_for_a_certificate_that_can_be_trusted() {
    let authority = Authority::new();
    let file = authority.file();
    for (exporter, variable, path) in OVER_HTTP {
        for shown in wrong(&authority) {
            let server = Server::showing(shown);
            let backend = backend(&[
                ("OTEL_TRACES_EXPORTER", exporter),
                (variable, &server.url(path)),
                (SSL_CERT_FILE, file.path()),
            ]);
            held_up(&backend);
            until("turned away", || server.refused() > 1);
            assert!(server.requests.try_recv().is_err(), "{exporter}");

            server.show(authority.sign(HOST));
            backend.shutdown(LONG).unwrap();
            let request = server.requests.recv_timeout(LONG).unwrap();
            assert!(request.head.starts_with(&format!("post {path} ")));
            assert_eq!(backend.counts()[0].1.sent, SPANS, "{exporter}");
        }
    }
}

#[test]
fn a_private_authority_that_nobody_named_is_not_trusted() {
    let server = Server::showing(Authority::new().sign(HOST));
    for (exporter, variable, path) in OVER_HTTP {
        let backend = backend(&[
            ("OTEL_TRACES_EXPORTER", exporter),
            (variable, &server.url(path)),
        ]);
        held_up(&backend);
        given_up(&backend);
        assert!(server.requests.try_recv().is_err(), "{exporter}");
    }
    until("turned away", || server.refused() > 1);
}

#[test]
fn an_authority_is_not_taken_for_a_server() {
    // What `openssl req -x509` makes unless told otherwise; the file names it.
    let shown = Shown::alone(HOST, IsCa::Ca(BasicConstraints::Unconstrained));
    let file = PemFile::new(&shown.certificate.pem());
    let server = Server::showing(shown);
    let backend = zipkin(&server, &file);
    held_up(&backend);
    given_up(&backend);
    assert!(server.requests.try_recv().is_err());
}

#[test]
fn over_grpc_it_is_the_same() {
    let authority = Authority::new();
    let file = authority.file();
    let named = wrong(&authority).map(|shown| (shown, true));
    let unnamed = (Authority::new().sign(HOST), false);
    for (shown, named) in named.into_iter().chain([unnamed]) {
        let collector = Collector::showing(&shown);
        let url = collector.url();
        let mut vars = vec![
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
        ];
        if named {
            vars.push((SSL_CERT_FILE, file.path()));
        }
        let backend = backend(&vars);
        held_up(&backend);
        given_up(&backend);
        assert!(collector.requests.try_recv().is_err());
    }
}

#[test]
fn a_server_that_hangs_in_the_handshake_costs_nobody_time() {
    // Accepts, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/api/v2/spans", silent.local_addr().unwrap());
    let backend = backend(&[
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &url),
        ("OTEL_EXPORTER_ZIPKIN_TIMEOUT", "50"),
    ]);
    held_up(&backend);
    given_up(&backend);
}
