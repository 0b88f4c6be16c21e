//! Files that make nobody known.

use tracer_backends::Setup;

use super::{CERTIFICATE, KEY, TRACES_CERTIFICATE, TRACES_KEY, named};
use crate::authority::Authority;
use crate::files::PemFile;
use crate::setup::{Vars, setup};

const HTTP: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "otlp"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.test"),
];
const GRPC: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "otlp"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "a.test:4317"),
];
const MISSING: &str = "/no/such/file.pem";

/// What is said of these variables, and of which one.
fn error(vars: &Vars<'_>) -> String {
    let [http, grpc] = [HTTP, GRPC].map(|to| {
        let error = setup(&[to, vars].concat()).unwrap_err();
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("{}=", error.variable())),
            "{said}"
        );
        said
    });
    assert_eq!(http, grpc);
    http
}

#[test]
fn a_file_that_cannot_be_used_is_an_error_that_names_it() {
    let [certificate, key] = Authority::new().sign("shop").files();
    let [other, _] = Authority::new().sign("shop").files();
    let none = PemFile::new("nothing");
    let cut = PemFile::new("-----BEGIN PRIVATE KEY-----\nAAAA\n");
    let (certificate, key) = (certificate.path(), key.path());
    for (files, name, path, why) in [
        ([MISSING, key], CERTIFICATE, MISSING, "cannot be read: "),
        ([certificate, MISSING], KEY, MISSING, "cannot be read: "),
        (
            [none.path(), key],
            CERTIFICATE,
            none.path(),
            "holds no certificate",
        ),
        (
            [certificate, none.path()],
            KEY,
            none.path(),
            "holds no private key",
        ),
        ([key, key], CERTIFICATE, key, "holds no certificate"),
        (
            [certificate, certificate],
            KEY,
            certificate,
            "holds no private key",
        ),
        ([certificate, cut.path()], KEY, cut.path(), "is damaged: "),
        (
            [other.path(), key],
            KEY,
            key,
            "the private key in it is not that of the certificate",
        ),
    ] {
        let said = error(&[(CERTIFICATE, files[0]), (KEY, files[1])]);
        assert!(
            said.starts_with(&format!("{name}={path:?}: {why}")),
            "{said}"
        );
        // Those that win are those that are wrong.
        let said = error(&[
            (CERTIFICATE, "/other.pem"),
            (TRACES_CERTIFICATE, files[0]),
            (KEY, "/other.pem"),
            (TRACES_KEY, files[1]),
        ]);
        let name = name.replace("OTLP_", "OTLP_TRACES_");
        assert!(
            said.starts_with(&format!("{name}={path:?}: {why}")),
            "{said}"
        );
    }
}

#[test]
fn a_certificate_needs_its_key_and_a_key_its_certificate() {
    for (set, other) in [
        (CERTIFICATE, KEY),
        (TRACES_CERTIFICATE, TRACES_KEY),
        (KEY, CERTIFICATE),
        (TRACES_KEY, TRACES_CERTIFICATE),
    ] {
        let expected = format!("{set}={MISSING:?}: needs {other} beside it");
        assert_eq!(error(&[(set, MISSING), (other, " ")]), expected);
    }
}

#[test]
fn leniency_sends_nothing_rather_than_as_nobody() {
    for to in [HTTP, GRPC] {
        let setup = Setup::from_vars_lenient([to, &[(KEY, MISSING)]].concat());
        let backend = setup.default_service_name("shop").build().unwrap();
        assert!(backend.counts().is_empty());
        let [warning] = backend.warnings() else {
            panic!("one warning: {:?}", backend.warnings())
        };
        assert!(
            warning.starts_with(&format!("{KEY}={MISSING:?}: ")),
            "{warning}"
        );
    }
}

#[test]
fn where_nobody_asks_nobody_answers() {
    let http = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.test");
    let files = [MISSING, MISSING].map(|_| PemFile::new(""));
    for to in [HTTP, GRPC] {
        let vars = [&to[..to.len() - 1], &[http], &named(&files)].concat();
        let backend = setup(&vars).unwrap();
        let expected = |name| format!("{name}: the endpoint has no TLS; ignored");
        assert_eq!(backend.warnings(), [CERTIFICATE, KEY].map(expected));
    }
}
