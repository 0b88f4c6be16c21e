//! `jaeger_remote`.

use tracer_backends::Backend;
use tracer_core::{Sampling, TracerExt};

use crate::authority::Authority;
use crate::files::PemFile;
use crate::server::Server;
use crate::setup::{HOST, LONG, SSL_CERT_FILE, backend, until};

/// Samples nothing until it is told to.
fn asking(server: &Server, file: &PemFile) -> Backend {
    let url = server.url("");
    let arg = format!("endpoint={url},pollingIntervalMs=10,initialSamplingRate=0");
    backend(&[
        ("OTEL_TRACES_EXPORTER", "none"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
        ("OTEL_TRACES_SAMPLER_ARG", &arg),
        (SSL_CERT_FILE, file.path()),
    ])
}

fn samples(backend: &Backend) -> bool {
    let span = backend.tracer().span("a job").start();
    span.handle().sampling() == Sampling::Record
}

#[test]
fn a_collector_of_a_private_authority_is_asked() {
    let authority = Authority::new();
    let server = Server::showing(authority.sign(HOST));
    let backend = asking(&server, &authority.file());
    until("every trace is sampled", || samples(&backend));
    let request = server.requests.recv_timeout(LONG).unwrap();
    assert!(request.head.starts_with("get /api/sampling?service=shop "));
    assert_eq!(server.refused(), 0);
}

#[test]
fn nobody_else_is_believed() {
    let authority = Authority::new();
    let server = Server::showing(Authority::new().sign(HOST));
    let backend = asking(&server, &authority.file());
    until("it asks again", || server.refused() > 1);
    assert!(!samples(&backend));
    assert!(server.requests.try_recv().is_err());
    // It is never too late.
    server.show(authority.sign(HOST));
    until("every trace is sampled", || samples(&backend));
}
