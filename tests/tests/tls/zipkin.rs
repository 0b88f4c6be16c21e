//! `OTEL_TRACES_EXPORTER=zipkin`, and `otel-zipkin`.

use rcgen::IsCa;
use tracer_opentelemetry::zipkin_secured;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Authorities, Delivery, Exporter};

use crate::authority::{Authority, Shown};
use crate::files::PemFile;
use crate::server::Server;
use crate::setup::{HOST, LONG, SSL_CERT_FILE, backend, work, zipkin};

#[test]
fn spans_arrive_at_a_server_of_a_private_authority() {
    let authority = Authority::new();
    let server = Server::showing(authority.sign(HOST));
    let (url, file) = (server.url("/api/v2/spans"), authority.file());
    for exporter in ["zipkin", "otel-zipkin"] {
        let backend = backend(&[
            ("OTEL_TRACES_EXPORTER", exporter),
            ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &url),
            (SSL_CERT_FILE, file.path()),
        ]);
        work(&backend);
        backend.shutdown(LONG).unwrap();
        let request = server.requests.recv_timeout(LONG).unwrap();
        assert!(
            request.head.starts_with("post /api/v2/spans "),
            "{exporter}"
        );
        assert!(
            request.holds("a job") && request.holds("shop"),
            "{exporter}"
        );
        let (_, counts) = backend.counts()[0];
        assert_eq!((counts.sent, counts.retries), (1, 0), "{exporter}");
    }
    assert_eq!(server.refused(), 0);
}

#[test]
fn the_deprecated_exporter_is_told_in_code_whom_to_trust() {
    let authority = Authority::new();
    let server = Server::showing(authority.sign(HOST));
    let trusted = Authorities::from_pem(authority.pem().as_bytes()).unwrap();
    let url = server.url("/api/v2/spans");
    let mut exporter = zipkin_secured(Some(&url), Some(&trusted), None).unwrap();
    exporter.add(&SpanBuilder::new("a job").view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
}

#[test]
fn a_file_may_hold_several_authorities() {
    let (one, other) = (Authority::new(), Authority::new());
    let file = PemFile::new(&format!("# ours\n{}\n{}", one.pem(), other.pem()));
    for authority in [one, other] {
        let server = Server::showing(authority.sign(HOST));
        let backend = zipkin(&server, &file);
        work(&backend);
        backend.shutdown(LONG).unwrap();
        assert!(server.requests.recv_timeout(LONG).unwrap().holds("a job"));
    }
}

#[test]
fn a_certificate_that_is_no_authority_may_vouch_for_itself() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        let shown = Shown::alone(HOST, is_ca);
        let file = PemFile::new(&shown.certificate.pem());
        let server = Server::showing(shown);
        let backend = zipkin(&server, &file);
        work(&backend);
        backend.shutdown(LONG).unwrap();
        assert!(server.requests.recv_timeout(LONG).unwrap().holds("a job"));
    }
}
