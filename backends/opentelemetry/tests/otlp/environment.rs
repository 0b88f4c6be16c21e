//! The standard variables. They belong to the process, so each test is one of its own.

use std::process::Command;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tracer_opentelemetry::{
    ConfigError, OpenTelemetryExporter, OtlpOptions, Resource, otlp, resource,
};
use tracer_recording::{Delivery, Exporter};

use crate::decoded::{check, span};
use crate::receiver::Receiver;
use crate::server::{LONG, answer};

/// Set in the process that exports.
const CHILD: &str = "TRACER_TEST_CHILD";
/// What that process says in code.
const URL: &str = "TRACER_TEST_URL";
const HOW: &str = "TRACER_TEST_HOW";

/// Not a test: what the others start.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    log::set_logger(&Printed).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    match built(resource([("host.name", "here")])) {
        Err(error) => println!("error: {error}"),
        Ok(mut exporter) => {
            exporter.add(&span().view());
            let to = exporter.describe();
            match exporter.send(LONG) {
                Delivery::Sent { .. } => println!("sent: {to}"),
                other => println!("not sent: {other:?}"),
            }
        }
    }
}

/// Warnings, as lines of the child.
struct Printed;

impl log::Log for Printed {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("tracer_opentelemetry")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            println!("{}: {}", record.level(), record.args());
        }
    }

    fn flush(&self) {}
}

fn built(resource: Resource) -> Result<OpenTelemetryExporter, ConfigError> {
    let Ok(url) = std::env::var(URL) else {
        return otlp(resource);
    };
    let mut options = OtlpOptions::new().endpoint(url).header("a", "said");
    if std::env::var(HOW).unwrap() == "alone" {
        options = options.without_variables();
    }
    match std::env::var("OTEL_EXPORTER_OTLP_PROTOCOL") {
        Ok(_) => options.grpc(resource),
        Err(_) => options.http(resource),
    }
}

/// What the child prints under these variables.
fn child_with(variables: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_")) {
        child.env_remove(name);
    }
    let output = child
        .args(["--exact", "environment::child", "--nocapture"])
        .env(CHILD, "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn http_with_headers_and_compression() {
    let (url, served) = answer("200 OK");
    let printed = child_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Basic%20secret"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ]);
    assert!(
        printed.contains(&format!("sent: {url}/v1/traces\n")),
        "{printed}"
    );
    let request = served.join().unwrap();
    assert!(request.head.starts_with("post /v1/traces http/1.1\r\n"));
    assert_eq!(request.header("authorization"), Some("basic secret"));
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert_eq!(request.body.get(..2), Some(&[0x1f, 0x8b][..]));
}

#[test]
fn the_variables_of_traces_win() {
    let (url, served) = answer("200 OK");
    let traces = format!("{url}/own/path");
    let printed = child_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &traces),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        // As the other values that choose: in any case.
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "HTTP/Protobuf"),
    ]);
    assert!(printed.contains(&format!("sent: {traces}\n")), "{printed}");
    let request = served.join().unwrap();
    assert!(request.head.starts_with("post /own/path http/1.1\r\n"));
    check(&ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap());
}

#[test]
fn grpc_with_headers_and_compression() {
    let receiver = Receiver::start();
    let printed = child_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=secret"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ]);
    assert!(
        printed.contains(&format!("sent: {}/\n", receiver.url())),
        "{printed}"
    );
    let (metadata, request) = receiver.only();
    assert_eq!(metadata.get("authorization").unwrap(), "secret");
    assert_eq!(metadata.get("grpc-encoding").unwrap(), "gzip");
    check(&request);
}

/// OpenTelemetry's specification of variables: an empty value is none.
#[test]
fn the_headers_of_traces_win_unless_they_are_empty() {
    let all = (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "a=all,b=%41%zz, c = 1=2 ,none,content-type=x/y,content-length=1,content-encoding=br",
    );
    for (traces, a, b) in [
        (" ", "all", Some("%41%zz")),
        (" ,", "all", Some("%41%zz")),
        ("a=own", "own", None),
    ] {
        let (url, served) = answer("200 OK");
        let printed = child_with(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", traces),
            all,
        ]);
        let wrong = "WARN: OTEL_EXPORTER_OTLP_HEADERS: number 4 is no header; left out\n";
        assert_eq!(printed.matches("WARN").count(), usize::from(b.is_some()));
        assert_eq!(printed.contains(wrong), b.is_some(), "{printed}");
        let request = served.join().unwrap();
        assert_eq!(request.header("a"), Some(a));
        assert_eq!(request.header("b"), b);
        assert_eq!(request.header("c"), b.map(|_| "1=2"));
        assert_eq!(
            request.header("content-type"),
            Some("application/x-protobuf")
        );
        let agent = request.header("user-agent").unwrap();
        assert!(agent.starts_with("otel-otlp-exporter-rust/"), "{agent}");
    }
}

#[test]
fn what_is_said_in_code_wins_and_may_be_all() {
    let receiver = Receiver::start();
    for (how, b) in [("said", Some("all")), ("alone", None)] {
        let (url, served) = answer("200 OK");
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &*receiver.url()),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file.pem"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "A=all,b=all"),
            (URL, &url),
            (HOW, how),
        ];
        let printed = child_with(&variables);
        assert!(printed.contains(&format!("sent: {url}/\n")), "{printed}");
        let request = served.join().unwrap();
        assert_eq!(
            (request.header("a"), request.header("b")),
            (Some("said"), b)
        );

        let url = receiver.url();
        let mut variables = variables;
        (variables[0].1, variables[3].1) = ("http://127.0.0.1:1", &url);
        child_with(&[&variables[..], &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]].concat());
        let (metadata, _) = receiver.only();
        let get = |name| metadata.get(name).map(|value| value.to_str().unwrap());
        assert_eq!((get("a"), get("b")), (Some("said"), b));
    }
}

#[test]
fn a_grpc_endpoint_without_a_scheme() {
    let receiver = Receiver::start();
    let address = receiver.address.to_string();
    let endpoint = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*address);
    let grpc = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc");
    let insecure = ("OTEL_EXPORTER_OTLP_INSECURE", "True");
    let printed = child_with(&[endpoint, grpc, insecure]);
    let sent = format!("sent: http://{address}/\n");
    assert!(printed.contains(&sent), "{printed}");
    receiver.only();

    let secure = ("OTEL_EXPORTER_OTLP_TRACES_INSECURE", "false");
    let printed = child_with(&[endpoint, grpc, insecure, secure]);
    assert!(!printed.contains("\nsent: "), "{printed}");
    let printed = child_with(&[endpoint, grpc]);
    assert!(!printed.contains("\nsent: "), "{printed}");
}

#[test]
fn the_time_for_one_upload() {
    let (url, served) = crate::server::serve(|stream| {
        crate::server::read(&stream);
        // Until the client hangs up.
        std::io::copy(&mut &stream, &mut std::io::sink()).unwrap();
    });
    let printed = child_with(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "50"),
    ]);
    assert!(printed.contains("not sent: Rejected"), "{printed}");
    served.join().unwrap();
}

#[test]
fn a_time_that_is_none_is_as_good_as_unset() {
    for wrong in ["0", "-1", "soon"] {
        let (url, served) = answer("200 OK");
        let printed = child_with(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", wrong),
        ]);
        assert!(printed.contains("\nsent: "), "{wrong}: {printed}");
        served.join().unwrap();
    }
}

#[test]
fn another_protocol_is_an_error() {
    let printed = child_with(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]);
    let error = r#"error: OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" is none of grpc, http/protobuf"#;
    assert!(printed.contains(error), "{printed}");
}

/// Where https is not compiled in, the endpoint is what is wrong.
#[cfg(feature = "tls")]
#[test]
fn a_file_without_certificates_is_an_error_that_names_it() {
    let none = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    for (name, path) in [
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file.pem"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/no/such/file.pem"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", none),
    ] {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://127.0.0.1:1");
        let printed = child_with(&[endpoint, (name, path)]);
        let error = format!("error: {name}={path:?}: ");
        assert!(printed.contains(&error), "{printed}");
        // What is not secure asks for none.
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        let printed = child_with(&[endpoint, (name, path)]);
        assert!(printed.contains("not sent: Retry"), "{printed}");
    }
}

#[cfg(feature = "tls")]
#[test]
fn an_identity_that_is_none_is_an_error_that_names_the_file() {
    let endpoint = |scheme| format!("{scheme}://127.0.0.1:1");
    for protocol in ["grpc", "http/protobuf"] {
        for (set, other) in [
            ("CLIENT_CERTIFICATE", "CLIENT_KEY"),
            ("TRACES_CLIENT_KEY", "TRACES_CLIENT_CERTIFICATE"),
        ] {
            let [set, other] = [set, other].map(|name| format!("OTEL_EXPORTER_OTLP_{name}"));
            let printed = |scheme, more: &[(&str, &str)]| {
                let known = [
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint(scheme)),
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                    (&set, "/no/such/file.pem"),
                ];
                child_with(&[&known, more].concat())
            };
            let wrong = format!("error: {set}=\"/no/such/file.pem\": ");
            let alone = printed("https", &[]);
            let expected = format!("{wrong}needs {other} beside it\n");
            assert!(alone.contains(&expected), "{alone}");
            let both = printed("https", &[(&other, "/no/such/file.pem")]);
            assert!(both.contains(": cannot be read: "), "{both}");
            // What is not secure asks for none.
            let printed = printed("http", &[]);
            assert!(printed.contains("not sent: Retry"), "{printed}");
        }
    }
}
