//! `OTEL_EXPORTER_ZIPKIN_*`.

use crate::support::{build, error};

const EXPORTER: (&str, &str) = ("OTEL_TRACES_EXPORTER", "zipkin");
const ENDPOINT: &str = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_ZIPKIN_PROTOCOL";
const TIMEOUT: &str = "OTEL_EXPORTER_ZIPKIN_TIMEOUT";
const JOIN: &str = "OTEL_EXPORTER_ZIPKIN_JOIN";

#[test]
fn the_endpoint_is_taken_as_it_is() {
    for (endpoint, expected) in [
        (
            "http://zipkin:9411/api/v2/spans",
            "zipkin http://zipkin:9411/api/v2/spans",
        ),
        ("HTTP://[::1]:1/x", "zipkin http://[::1]:1/x"),
        ("", "zipkin http://localhost:9411/api/v2/spans"),
    ] {
        let backend = build(&[EXPORTER, (ENDPOINT, endpoint)]).unwrap();
        assert_eq!(backend.counts()[0].0, expected);
    }
}

#[test]
fn what_is_no_endpoint_is_an_error_without_secrets() {
    for wrong in [
        "zipkin:9411",
        "ftp://a/secret",
        "http://",
        "http://a b/secret",
        "secret",
    ] {
        let message = error(&[EXPORTER, (ENDPOINT, wrong)]);
        assert!(
            message.contains(ENDPOINT) && !message.contains("secret"),
            "{message}"
        );
    }
    for wrong in [
        "http://",
        "http:///api/v2/spans",
        "http://u:secret@",
        "http://:9411",
    ] {
        let message = error(&[EXPORTER, (ENDPOINT, wrong)]);
        assert!(message.contains("no host"), "{wrong}: {message}");
    }
    // Nobody asked for it.
    build(&[("OTEL_TRACES_EXPORTER", "console"), (ENDPOINT, "ftp://a")]).unwrap();
}

#[test]
fn a_transport_that_is_not_compiled_in_names_its_feature() {
    const TLS: bool = cfg!(feature = "tls");
    for (endpoint, feature, compiled_in) in [
        ("https://a/api/v2/spans", "tls", TLS),
        (
            "Kafka+SSL://u:secret@a:9092/zipkin",
            if TLS { "kafka" } else { "tls" },
            TLS && cfg!(feature = "kafka"),
        ),
        (
            "amqps://u:secret@a",
            if TLS { "rabbitmq" } else { "tls" },
            TLS && cfg!(feature = "rabbitmq"),
        ),
        ("kafka://a:9092/zipkin", "kafka", cfg!(feature = "kafka")),
        (
            "amqp://u:secret@a:5672/",
            "rabbitmq",
            cfg!(feature = "rabbitmq"),
        ),
    ] {
        if compiled_in {
            build(&[EXPORTER, (ENDPOINT, endpoint)]).unwrap();
            continue;
        }
        let message = error(&[EXPORTER, (ENDPOINT, endpoint)]);
        assert!(message.contains(ENDPOINT), "{message}");
        assert!(message.contains(&format!("`{feature}`")), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[test]
fn the_protocol_is_chosen() {
    for good in ["json", "JSON", "protobuf", ""] {
        build(&[EXPORTER, (PROTOCOL, good)]).unwrap();
    }
    let message = error(&[EXPORTER, (PROTOCOL, "thrift")]);
    assert!(
        message.contains("thrift") && message.contains("json, protobuf"),
        "{message}"
    );
}

#[test]
fn a_wrong_time_is_warned_about() {
    for (value, warnings) in [("2500", 0), ("", 0), ("0", 1), ("-1", 1), ("soon", 1)] {
        let backend = build(&[EXPORTER, (TIMEOUT, value)]).unwrap();
        assert_eq!(backend.warnings().len(), warnings, "{value}");
        assert!(
            backend
                .warnings()
                .iter()
                .all(|warning| warning.contains(TIMEOUT))
        );
    }
}

#[test]
fn a_wrong_switch_is_warned_about() {
    for (value, warnings) in [("true", 0), ("False", 0), (" ", 0), ("1", 1), ("no", 1)] {
        let backend = build(&[EXPORTER, (JOIN, value)]).unwrap();
        assert_eq!(backend.warnings().len(), warnings, "{value}");
        let told = |warning: &String| warning.contains(JOIN) && warning.contains("as false");
        assert!(backend.warnings().iter().all(told));
    }
    // Nobody asked for it.
    let backend = build(&[("OTEL_TRACES_EXPORTER", "console"), (JOIN, "no")]).unwrap();
    assert!(backend.warnings().is_empty());
}

#[cfg(feature = "kafka")]
#[test]
fn kafka_is_chosen_by_its_scheme() {
    for (endpoint, expected) in [
        (
            "kafka://a:9092,b:9093/spans",
            "zipkin kafka://a:9092,b:9093/spans",
        ),
        ("Kafka://a", "zipkin kafka://a:9092/zipkin"),
    ] {
        let backend = build(&[EXPORTER, (ENDPOINT, endpoint)]).unwrap();
        assert_eq!(backend.counts()[0].0, expected);
    }
    let message = error(&[EXPORTER, (ENDPOINT, "kafka://u:secret@/t")]);
    assert!(
        message.contains(ENDPOINT) && !message.contains("secret"),
        "{message}"
    );
}

#[cfg(all(feature = "tls", feature = "kafka", feature = "rabbitmq"))]
#[test]
fn the_files_count_for_brokers_with_tls() {
    for (name, ours) in [
        ("SSL_CERT_FILE", false),
        ("OTEL_EXPORTER_ZIPKIN_CERTIFICATE", true),
        ("OTEL_EXPORTER_ZIPKIN_CLIENT_CERTIFICATE", true),
        ("OTEL_EXPORTER_ZIPKIN_CLIENT_KEY", true),
    ] {
        let file = (name, "/no/such/file.pem");
        for endpoint in ["kafka+ssl://a", "Kafka+SSL://a,b/t", "amqps://a"] {
            let message = error(&[EXPORTER, (ENDPOINT, endpoint), file]);
            let said = message.starts_with(&format!("{name}="));
            assert!(said, "{endpoint}: {message}");
        }
        for endpoint in ["kafka://a", "amqp://a"] {
            let backend = build(&[EXPORTER, (ENDPOINT, endpoint), file]).unwrap();
            assert_eq!(backend.warnings().len(), usize::from(ours), "{name}");
        }
    }
}

#[cfg(feature = "rabbitmq")]
#[test]
fn a_queue_is_described_on_one_line() {
    let endpoint = "amqp://mq/?queue=my%0Aspans";
    let backend = build(&[EXPORTER, (ENDPOINT, endpoint)]).unwrap();
    let expected = r"zipkin amqp://mq:5672/?queue=my\nspans";
    assert_eq!(backend.counts()[0].0, expected);
}

/// By OpenTelemetry's exporter.
#[cfg(feature = "otel-zipkin")]
#[test]
fn so_it_is_for_the_other_exporter() {
    let exporter = ("OTEL_TRACES_EXPORTER", "otel-zipkin");
    let message = error(&[exporter, (ENDPOINT, "http://")]);
    assert!(
        message.ends_with("no host; expected something like http://localhost:9411/api/v2/spans"),
        "{message}"
    );
    let message = error(&[exporter, (ENDPOINT, "kafka+ssl://a.test/")]);
    assert!(message.contains("neither http nor https"), "{message}");
    let secure = build(&[exporter, (ENDPOINT, "https://a.test/")]);
    assert_eq!(secure.is_ok(), cfg!(feature = "tls"));
    if let Err(error) = secure {
        let message = error.to_string();
        assert!(
            message.contains("`tls` of the crate tracer-backends"),
            "{message}"
        );
    }
}
