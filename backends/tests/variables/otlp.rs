//! `OTEL_EXPORTER_OTLP_*`.

use crate::support::{Vars, build, error};

const EXPORTER: (&str, &str) = ("OTEL_TRACES_EXPORTER", "otlp");
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const TRACES_PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";

fn with<'a>(more: Vars<'a>) -> Vec<(&'a str, &'a str)> {
    [&[EXPORTER], more].concat()
}

#[test]
fn protocol_and_endpoint_are_chosen_and_those_of_traces_win() {
    let grpc = (PROTOCOL, "grpc");
    for (vars, expected) in [
        (&[][..], "http://localhost:4318/v1/traces"),
        (&[grpc], "http://localhost:4317/"),
        (
            &[grpc, (TRACES_PROTOCOL, "http/protobuf")],
            "http://localhost:4318/v1/traces",
        ),
        (&[(ENDPOINT, "http://a:1/")], "http://a:1/v1/traces"),
        (&[(ENDPOINT, "http://a:1/x")], "http://a:1/x/v1/traces"),
        (&[(ENDPOINT, "http://a:1/x?k=v")], "http://a:1/x/v1/traces"),
        (
            &[(ENDPOINT, "http://a:1"), (TRACES_ENDPOINT, "http://b:2/x")],
            "http://b:2/x",
        ),
        (
            &[(ENDPOINT, "http://a:1"), (TRACES_ENDPOINT, " ")],
            "http://a:1/v1/traces",
        ),
        (&[grpc, (ENDPOINT, "http://a:1")], "http://a:1/"),
        (
            &[
                grpc,
                (ENDPOINT, "a:1"),
                ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
            ],
            "http://a:1/",
        ),
    ] {
        let backend = build(&with(vars)).unwrap();
        assert_eq!(
            backend.counts()[0].0,
            format!("otlp {expected}"),
            "{vars:?}"
        );
        assert!(backend.warnings().is_empty(), "{:?}", backend.warnings());
    }
}

#[test]
fn a_wrong_choice_is_an_error() {
    let compression = "OTEL_EXPORTER_OTLP_COMPRESSION";
    for (name, value, allowed) in [
        (PROTOCOL, "http/json", "grpc, http/protobuf"),
        (TRACES_PROTOCOL, "thrift", "grpc, http/protobuf"),
        (compression, "zstd", "gzip, none"),
    ] {
        let message = error(&with(&[(name, value)]));
        for part in [name, value, allowed] {
            assert!(message.contains(part), "{message}");
        }
    }
    for value in ["gzip", "none", "GZIP", ""] {
        build(&with(&[(compression, value)])).unwrap();
    }
}

#[test]
fn what_is_no_endpoint_is_an_error_without_secrets() {
    for variable in [ENDPOINT, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
        for wrong in [
            "ftp://u:secret@a/",
            "http://",
            "http://a b/secret",
            "secret:4318",
        ] {
            let message = error(&with(&[(variable, wrong)]));
            assert!(message.starts_with(&format!("{variable}: ")), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
        for wrong in ["http://", "http:///", "http://u:secret@/x", "http://:4318"] {
            for (protocol, like) in [("grpc", ":4317"), ("http/protobuf", ":4318/v1/traces")] {
                let message = error(&with(&[(PROTOCOL, protocol), (variable, wrong)]));
                assert!(message.contains("no host"), "{wrong}: {message}");
                assert!(message.ends_with(like), "{wrong}: {message}");
            }
        }
        let message = error(&with(&[(variable, "amqps://a:5671")]));
        assert!(message.contains("neither http nor https"), "{message}");
        let message = error(&with(&[(variable, "a:4318")]));
        assert!(message.contains("begins with http://"), "{message}");
        let grpc = [(PROTOCOL, "grpc"), (variable, "a:4317")];
        for secure in [with(&[(variable, "https://a/")]), with(&grpc)] {
            if cfg!(feature = "tls") {
                drop(build(&secure).unwrap());
                continue;
            }
            let message = error(&secure);
            assert!(message.starts_with(variable), "{message}");
            assert!(
                message.contains("`tls` of the crate tracer-backends"),
                "{message}"
            );
        }
        if !cfg!(feature = "tls") {
            assert!(error(&with(&grpc)).contains("OTEL_EXPORTER_OTLP_INSECURE=true"));
        }
    }
}

#[test]
fn what_cannot_be_read_is_warned_about_without_secrets() {
    for (name, value) in [
        ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=%0Asecret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "no name=secret"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "=secret"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/secret.pem"),
    ] {
        let backend = build(&with(&[(name, value)])).unwrap();
        let [warning] = backend.warnings() else {
            panic!("{name}: {:?}", backend.warnings())
        };
        assert!(
            warning.contains(name) && !warning.contains("secret"),
            "{warning}"
        );
    }
    let nothing = with(&[("OTEL_EXPORTER_OTLP_HEADERS", " , ")]);
    assert!(build(&nothing).unwrap().warnings().is_empty());
}
