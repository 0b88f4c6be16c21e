//! Files that name nobody to trust.

use tracer_backends::Setup;

use crate::authority::Authority;
use crate::files::PemFile;
use crate::setup::{SSL_CERT_FILE, Vars, setup};

const ZIPKIN: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "zipkin"),
    (
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        "https://a.test/api/v2/spans",
    ),
];
const OTEL_ZIPKIN: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "otel-zipkin"),
    (
        "OTEL_EXPORTER_ZIPKIN_ENDPOINT",
        "https://a.test/api/v2/spans",
    ),
];
const OTLP: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "otlp"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://a.test"),
];
const GRPC: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "otlp"),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "a.test:4317"),
];
const SAMPLER: &Vars<'_> = &[
    ("OTEL_TRACES_EXPORTER", "none"),
    ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
    ("OTEL_TRACES_SAMPLER_ARG", "endpoint=https://a.test"),
];

/// Who asks for certificates, and the variables that may name the file.
const ALL: [(&Vars<'_>, &[&str]); 5] = [
    (ZIPKIN, &ZIPKIN_NAMES),
    (OTEL_ZIPKIN, &ZIPKIN_NAMES),
    (SAMPLER, &[SSL_CERT_FILE]),
    (OTLP, &OTLP_NAMES),
    (GRPC, &OTLP_NAMES),
];
const ZIPKIN_NAMES: [&str; 2] = ["OTEL_EXPORTER_ZIPKIN_CERTIFICATE", SSL_CERT_FILE];
const OTLP_NAMES: [&str; 3] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    SSL_CERT_FILE,
];

fn with<'a>(vars: &Vars<'a>, name: &'a str, path: &'a str) -> Vec<(&'a str, &'a str)> {
    [vars, &[(name, path)]].concat()
}

#[test]
fn a_missing_or_damaged_file_is_an_error_that_names_it() {
    let sound = Authority::new();
    let cut = PemFile::new(&sound.pem()[..sound.pem().len() / 2]);
    let none = PemFile::new("no certificate");
    let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let odd = PemFile::new(&format!("{}{odd}", sound.pem()));
    for (vars, names) in ALL {
        for name in names {
            for (path, why) in [
                ("/no/such/file.pem", "cannot be read: "),
                (env!("CARGO_TARGET_TMPDIR"), "cannot be read: "),
                (cut.path(), "is damaged: "),
                (none.path(), "holds no certificate in PEM form"),
                (odd.path(), "certificate 2 in it is damaged: "),
            ] {
                let error = setup(&with(vars, name, path)).expect_err(path);
                assert_eq!(error.variable(), *name);
                let said = format!("{name}={path:?}: {why}");
                assert!(error.to_string().starts_with(&said), "{error}");
            }
        }
    }
}

/// Often with the private key, in the place of the path.
#[test]
fn a_bundle_in_the_variable_itself_is_not_repeated() {
    let key = "-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----";
    for (vars, names) in ALL {
        for name in names {
            let error = setup(&with(vars, name, key)).expect_err(name).to_string();
            let said = format!("{name}={:?}: cannot be read: ", "…");
            assert!(error.starts_with(&said), "{error}");
        }
    }
    // So long a name is wrong in another way than one that is not there.
    for key in [key.to_owned(), key.repeat(100)] {
        let error = setup(&with(ZIPKIN, "SSL_CERT_DIR", &key)).expect_err(&key);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[test]
fn leniency_sends_nothing_rather_than_to_somebody_else() {
    let vars = with(ZIPKIN, SSL_CERT_FILE, "/no/such/file.pem");
    let setup = Setup::from_vars_lenient(vars).default_service_name("shop");
    let backend = setup.build().unwrap();
    assert!(backend.counts().is_empty());
    let [warning] = backend.warnings() else {
        panic!("one warning: {:?}", backend.warnings())
    };
    assert!(
        warning.starts_with(r#"SSL_CERT_FILE="/no/such/file.pem": "#),
        "{warning}"
    );
}

#[test]
fn what_is_not_used_cannot_be_wrong() {
    for (exporter, variable) in [
        ("zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT"),
        ("otel-zipkin", "OTEL_EXPORTER_ZIPKIN_ENDPOINT"),
        ("otlp", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("console", "OTEL_EXPORTER_OTLP_ENDPOINT"),
    ] {
        let vars = [
            ("OTEL_TRACES_EXPORTER", exporter),
            (variable, "http://a.test/"),
        ];
        let backend = setup(&with(&vars, SSL_CERT_FILE, "/no/such/file.pem")).unwrap();
        assert!(backend.warnings().is_empty(), "{exporter}");
    }
    let off = with(ZIPKIN, "OTEL_SDK_DISABLED", "true");
    setup(&with(&off, SSL_CERT_FILE, "/no/such/file.pem")).unwrap();
}

#[test]
fn a_certificate_for_an_endpoint_that_is_not_secure_is_warned_about() {
    for protocol in ["grpc", "http/protobuf"] {
        let vars = [
            ("OTEL_TRACES_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a.test"),
        ];
        let name = "OTEL_EXPORTER_OTLP_CERTIFICATE";
        let backend = setup(&with(&vars, name, "/no/such/file.pem")).unwrap();
        let expected = format!("{name}: the endpoint has no TLS; ignored");
        assert_eq!(backend.warnings(), [expected]);
    }
}
