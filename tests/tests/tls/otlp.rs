//! `OTEL_TRACES_EXPORTER=otlp`.

use crate::authority::Authority;
use crate::grpc::Collector;
use crate::server::Server;
use crate::setup::{HOST, LONG, SSL_CERT_FILE, Vars, backend, work};

const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const TRACES_CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE";

/// Each variable that may name the file, beside those that it wins over.
const WAYS: [&[&str]; 3] = [
    &[TRACES_CERTIFICATE, CERTIFICATE, SSL_CERT_FILE],
    &[CERTIFICATE, SSL_CERT_FILE],
    &[SSL_CERT_FILE],
];

/// Variables of which the first names `right`, and the others `wrong`.
fn names<'a>(way: &[&'a str], right: &'a str, wrong: &'a str) -> Vec<(&'a str, &'a str)> {
    let files = [right].into_iter().chain(std::iter::repeat(wrong));
    way.iter().copied().zip(files).collect()
}

fn sent(vars: &Vars<'_>) {
    let backend = backend(&[&[("OTEL_TRACES_EXPORTER", "otlp")], vars].concat());
    work(&backend);
    backend.shutdown(LONG).unwrap();
    let (_, counts) = backend.counts()[0];
    assert_eq!((counts.sent, counts.retries), (1, 0), "{vars:?}");
}

#[test]
fn spans_arrive_over_http() {
    let authority = Authority::new();
    let server = Server::showing(authority.sign(HOST));
    let (file, other, url) = (authority.file(), Authority::new().file(), server.url(""));
    for way in WAYS {
        let mut vars = names(way, file.path(), other.path());
        vars.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &url));
        sent(&vars);
        let request = server.requests.recv_timeout(LONG).unwrap();
        assert!(request.head.starts_with("post /v1/traces "), "{way:?}");
        assert!(request.holds("a job") && request.holds("shop"), "{way:?}");
    }
    assert_eq!(server.refused(), 0);
}

#[test]
fn spans_arrive_over_grpc() {
    let authority = Authority::new();
    let collector = Collector::showing(&authority.sign(HOST));
    let (file, other) = (authority.file(), Authority::new().file());
    // Without a scheme it is secure, as OpenTelemetry has it.
    for url in [collector.url(), collector.authority()] {
        for way in WAYS {
            let mut vars = names(way, file.path(), other.path());
            vars.push(("OTEL_EXPORTER_OTLP_ENDPOINT", &url));
            vars.push(("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"));
            sent(&vars);
            let request = collector.requests.recv_timeout(LONG).unwrap();
            let spans = &request.resource_spans[0].scope_spans[0].spans;
            assert_eq!(spans[0].name, "a job", "{way:?}");
        }
    }
}
