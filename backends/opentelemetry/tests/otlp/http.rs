//! Over HTTP.

use std::io::Write;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tracer_opentelemetry::{OpenTelemetryExporter, OtlpOptions, otlp_http, resource};
use tracer_recording::{Delivery, Exporter};

use crate::decoded::{check, span};
use crate::partial;
use crate::server::{LONG, answer, heads, read, serve};

fn exporter(url: &str) -> OpenTelemetryExporter {
    let known = resource([("host.name", "here")]);
    let mut exporter = otlp_http(Some(&format!("{url}/v1/traces")), known).unwrap();
    exporter.add(&span().view());
    exporter
}

#[test]
fn a_span_arrives() {
    let (url, served) = answer("200 OK");
    let delivery = exporter(&url).send(LONG);
    let request = served.join().unwrap();
    let bytes = request.body.len();
    assert_eq!(delivery, Delivery::Sent { bytes });
    assert!(request.head.starts_with("post /v1/traces http/1.1\r\n"));
    assert_eq!(
        request.header("content-type"),
        Some("application/x-protobuf")
    );
    assert_eq!(request.header("b3"), Some("0"));
    check(&ExportTraceServiceRequest::decode(request.body.as_slice()).unwrap());
}

#[tokio::test]
async fn it_works_on_a_thread_of_a_runtime() {
    let (url, served) = answer("200 OK");
    let delivery = exporter(&url).send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    served.join().unwrap();
}

#[test]
fn the_server_says_when_to_try_again() {
    for (status, seconds) in [
        ("503 Service Unavailable\r\nretry-after: 2", Some(2)),
        (
            "503 Service Unavailable\r\nretry-after: 99999999999999999999",
            Some(u64::MAX),
        ),
        ("503 Service Unavailable\r\nretry-after: +2", None),
    ] {
        let (url, served) = answer(status);
        let delivery = exporter(&url).send(LONG);
        served.join().unwrap();
        let expected = Delivery::Retry {
            after: seconds.map(Duration::from_secs),
            reason: "HTTP 503 Service Unavailable: text".to_owned(),
        };
        assert_eq!(delivery, expected);
    }
}

#[test]
fn what_was_not_taken_is_final_or_not() {
    for (status, again) in [
        ("429 Too Many Requests", true),
        ("502 Bad Gateway", true),
        ("504 Gateway Timeout", true),
        ("400 Bad Request", false),
        ("404 Not Found", false),
        ("500 Internal Server Error", false),
    ] {
        let (url, served) = answer(status);
        let delivery = exporter(&url).send(LONG);
        let retried = matches!(delivery, Delivery::Retry { .. });
        let rejected = matches!(delivery, Delivery::Rejected { .. });
        assert_eq!(
            (retried, rejected),
            (again, !again),
            "{status}: {delivery:?}"
        );
        served.join().unwrap();
    }
}

#[test]
fn two_services_are_two_requests_and_only_the_second_is_repeated() {
    let (url, served) = serve(|mut stream| {
        use std::io::Write;

        let mut bodies = Vec::new();
        for status in ["200 OK", "503 Service Unavailable", "200 OK"] {
            bodies.push(read(&stream).body);
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
        bodies
    });
    let mut exporter = exporter(&url);
    exporter.add(&span().local("stock", None, None).view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Retry { .. }), "{delivery:?}");
    let delivery = exporter.send(LONG);
    let bodies = served.join().unwrap();
    assert_eq!(bodies[1], bodies[2]);
    assert_ne!(bodies[0], bodies[1]);
    check(&ExportTraceServiceRequest::decode(bodies[0].as_slice()).unwrap());
    let bytes = bodies[0].len() + bodies[1].len();
    assert_eq!(delivery, Delivery::Sent { bytes });
}

#[test]
fn one_service_that_sends_too_much_does_not_lose_the_spans_of_others() {
    let (url, served) = serve(|mut stream| {
        use std::io::Write;

        for status in ["200 OK", "413 Content Too Large", "200 OK"] {
            read(&stream);
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    let mut exporter = exporter(&url);
    for service in ["stock", "stock", "till"] {
        exporter.add(&span().local(service, None, None).view());
    }
    let delivery = exporter.send(LONG);
    served.join().unwrap();
    assert!(
        matches!(delivery, Delivery::TooLarge { .. }),
        "{delivery:?}"
    );
    assert_eq!(exporter.arrived().spans, 2);
}

/// What an answer says of a batch of three spans.
fn partly(rejected_spans: i64, error_message: &str) -> (Delivery, u64) {
    let answer = ExportTraceServiceResponse {
        partial_success: Some(ExportTracePartialSuccess {
            rejected_spans,
            error_message: error_message.to_owned(),
        }),
    };
    let (url, served) = serve(move |mut stream| {
        use std::io::Write;

        read(&stream);
        let body = answer.encode_to_vec();
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length";
        write!(stream, "{head}: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(&body).unwrap();
    });
    let mut exporter = exporter(&url);
    exporter.add(&span().view());
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    served.join().unwrap();
    (delivery, exporter.arrived().spans)
}

#[test]
fn spans_that_the_receiver_leaves_out_are_lost_and_the_others_are_not() {
    partial::what_is_left_out_is_lost_and_the_rest_is_not(partly);
}

#[test]
fn a_warning_loses_nothing() {
    partial::a_warning_loses_nothing(partly);
}

#[test]
fn the_time_is_kept() {
    let (url, served) = serve(|stream| {
        read(&stream);
        // Until the client hangs up.
        std::io::copy(&mut &stream, &mut std::io::sink()).unwrap();
    });
    let delivery = exporter(&url).send(Duration::from_millis(100));
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
    served.join().unwrap();
}

/// Nobody can have taken what was not sent; and what is said of the head alone is heard although the connection
/// stays open.
#[test]
fn what_is_said_of_the_head_alone() {
    let statuses = [
        "413 Content Too Large",
        "200 OK",
        "413 Content Too Large",
        "413 Content Too Large",
    ];
    let (url, served) = heads(statuses);
    let mut exporter = exporter(&url);
    // More than the buffers of two sockets hold.
    let much = "v".repeat(1 << 20);
    for _ in 0..16 {
        exporter.add(&span().tag("k", &*much).view());
    }
    let deliveries = statuses.map(|_| exporter.send(LONG));
    let retry = |delivery| matches!(delivery, &Delivery::Retry { after: None, .. });
    assert!(deliveries[..3].iter().all(retry), "{deliveries:?}");
    let last = &deliveries[3];
    assert!(matches!(last, Delivery::TooLarge { .. }), "{last:?}");
    assert_eq!(served.join().unwrap(), [false, true, false, true]);
}

/// The port of Jaeger's user interface, for instance, answers everything so.
#[test]
fn a_page_is_no_collectors_answer() {
    for (media_type, body, is_page) in [
        ("text/html", "<html>", true),
        ("Text/HTML; charset=utf-8", "<html>", true),
        ("text/plain", "<html>", false),
        // What some frameworks say of nothing.
        ("text/html", "", false),
    ] {
        let (url, served) = serve(move |mut stream| {
            read(&stream);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {media_type}");
            let length = body.len();
            write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
        });
        let mut exporter = exporter(&url);
        exporter.add(&span().view());
        let delivery = exporter.send(LONG);
        served.join().unwrap();
        match delivery {
            Delivery::Rejected { reason } if is_page => {
                assert!(reason.ends_with("HTTP 200 OK: <html>"), "{reason}");
            }
            Delivery::Sent { .. } if !is_page => {}
            other => panic!("{media_type}: {other:?}"),
        }
    }
}

#[test]
fn a_port_for_grpc_is_guessed() {
    let (url, served) = serve(|mut stream| {
        read(&stream);
        // Settings (RFC 9113, section 6.5), as a server of HTTP/2 begins.
        stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).unwrap();
    });
    let mut exporter = exporter(&url);
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    served.join().unwrap();
    let Delivery::Rejected { reason } = delivery else {
        panic!("{delivery:?}");
    };
    assert!(reason.ends_with("(is it a port for gRPC?)"), "{reason}");
}

#[test]
fn an_endless_time_is_no_trouble() {
    let (url, served) = answer("200 OK");
    let mut exporter = OtlpOptions::new()
        .endpoint(format!("{url}/v1/traces"))
        .timeout(Duration::MAX)
        .http(resource([("host.name", "here")]))
        .unwrap();
    exporter.add(&span().view());
    let delivery = exporter.send(Duration::MAX);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    served.join().unwrap();
}
