//! A backend from variables, and work for it.

use std::thread;
use std::time::{Duration, Instant};

use tracer_backends::{Backend, Setup};
use tracer_core::TracerExt;

use crate::files::PemFile;
use crate::server::Server;

/// Longer than any test may wait.
pub(crate) const LONG: Duration = Duration::from_secs(20);
/// Where a server listens; the name in its certificate.
pub(crate) const HOST: &str = "127.0.0.1";
pub(crate) const SSL_CERT_FILE: &str = "SSL_CERT_FILE";
pub(crate) const SSL_CERT_DIR: &str = "SSL_CERT_DIR";

/// Each exporter that knows `https`: its name, the variable of its endpoint, and the path there.
pub(crate) const OVER_HTTP: [(&str, &str, &str); 3] = [
    ("zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT", "/api/v2/spans"),
    (
        "otel-zipkin",
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        "/api/v2/spans",
    ),
    ("otlp", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/v1/traces"),
];

pub(crate) type Vars<'a> = [(&'a str, &'a str)];

pub(crate) fn setup(vars: &Vars<'_>) -> Result<Backend, tracer_backends::ConfigError> {
    let vars = [&[("OTEL_SERVICE_NAME", "shop")], vars].concat();
    Setup::from_vars(vars)?.build()
}

pub(crate) fn backend(vars: &Vars<'_>) -> Backend {
    setup(vars).unwrap()
}

/// A backend that sends Zipkin's JSON to this server and trusts those in this file.
pub(crate) fn zipkin(server: &Server, file: &PemFile) -> Backend {
    let url = server.url("/api/v2/spans");
    backend(&[
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_ZIPKIN_ENDPOINT", &url),
        (SSL_CERT_FILE, file.path()),
    ])
}

pub(crate) fn work(backend: &Backend) {
    backend.tracer().span("a job").start().finish();
}

/// Waits on a condition.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < end, "not in time: {what}");
        thread::yield_now();
    }
}
