//! How uploads look, and what is made of each answer.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use tracer_opentelemetry::{OpenTelemetryExporter, zipkin};
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{Delivery, Exporter};

use crate::server::{LONG, answer, heads, read, serve};

fn send(url: &str, timeout: Duration) -> Delivery {
    let mut exporter = zipkin(Some(&format!("{url}/api/v2/spans"))).unwrap();
    exporter.add(&SpanBuilder::new("job").local("shop", None, None).view());
    exporter.send(timeout)
}

#[test]
fn an_upload() {
    let (url, served) = answer("202 Accepted");
    let delivery = send(&url, LONG);
    let request = served.join().unwrap();
    let bytes = request.body.len();
    assert_eq!(delivery, Delivery::Sent { bytes });
    assert!(request.head.starts_with("post /api/v2/spans http/1.1\r\n"));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("b3"), Some("0"));
}

#[test]
fn statuses() {
    let reason = |status: &str| format!("HTTP {status}: text");
    let again = |seconds: Option<u64>, status| Delivery::Retry {
        after: seconds.map(Duration::from_secs),
        reason: reason(status),
    };
    for (line, expected) in [
        (
            "429 Too Many Requests",
            again(None, "429 Too Many Requests"),
        ),
        ("502 Bad Gateway", again(None, "502 Bad Gateway")),
        (
            "503 Service Unavailable\r\nretry-after: 7",
            again(Some(7), "503 Service Unavailable"),
        ),
        (
            "503 Service Unavailable\r\nretry-after: 99999999999999999999",
            again(Some(u64::MAX), "503 Service Unavailable"),
        ),
        (
            "504 Gateway Timeout\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT",
            again(Some(0), "504 Gateway Timeout"),
        ),
        (
            "413 Payload Too Large",
            Delivery::TooLarge {
                reason: reason("413 Payload Too Large"),
            },
        ),
        (
            "400 Bad Request",
            Delivery::Rejected {
                reason: reason("400 Bad Request"),
            },
        ),
        (
            "500 Internal Server Error",
            Delivery::Rejected {
                reason: reason("500 Internal Server Error"),
            },
        ),
        (
            "302 Found\r\nlocation: /",
            Delivery::Rejected {
                reason: reason("302 Found"),
            },
        ),
    ] {
        let (url, served) = answer(line);
        assert_eq!(send(&url, LONG), expected);
        served.join().unwrap();
    }
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let delivery = send(&url, LONG);
    assert!(matches!(delivery, Delivery::Retry { .. }), "{delivery:?}");
}

#[test]
fn no_answer() {
    let (url, served) = serve(|stream| drop(read(&stream)));
    let delivery = send(&url, LONG);
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
    served.join().unwrap();
}

#[test]
fn the_time_is_kept() {
    let (url, served) = serve(|stream| {
        read(&stream);
        // Until the client hangs up.
        std::io::copy(&mut &stream, &mut std::io::sink()).unwrap();
    });
    let started = Instant::now();
    let delivery = send(&url, Duration::from_millis(100));
    assert!(started.elapsed() < LONG / 2);
    assert!(
        matches!(delivery, Delivery::Rejected { .. }),
        "{delivery:?}"
    );
    served.join().unwrap();
}

/// RFC 9110, section 10.1.1: the reset to what is still being written can overtake the answer.
#[test]
fn an_answer_that_a_reset_overtook_is_asked_for_before_the_next_try() {
    let statuses = [
        "413 Content Too Large",
        "417 Expectation Failed",
        "413 Content Too Large",
        "413 Content Too Large",
    ];
    let (url, served) = heads(statuses);
    let mut exporter = large(&url);
    let deliveries = statuses.map(|_| exporter.send(LONG));
    assert!(deliveries[..3].iter().all(is_retry), "{deliveries:?}");
    let last = &deliveries[3];
    assert!(matches!(last, Delivery::TooLarge { .. }), "{last:?}");
    assert_eq!(served.join().unwrap(), [false, true, false, true]);
}

/// Nobody can have taken what was not sent.
#[test]
fn who_accepts_the_head_alone_has_no_batch() {
    let statuses = ["413 Content Too Large", "202 Accepted"];
    let (url, served) = heads(statuses);
    let mut exporter = large(&url);
    let deliveries = statuses.map(|_| exporter.send(LONG));
    assert!(deliveries.iter().all(is_retry), "{deliveries:?}");
    assert_eq!(served.join().unwrap(), [false, true]);
}

/// An exporter with more than the buffers of two sockets hold.
fn large(url: &str) -> OpenTelemetryExporter {
    let mut exporter = zipkin(Some(url)).unwrap();
    let span = SpanBuilder::new("job").tag("k", "v".repeat(1 << 20).as_str());
    for _ in 0..16 {
        exporter.add(&span.view());
    }
    exporter
}

fn is_retry(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Retry { after: None, .. })
}

#[test]
fn an_endless_time_is_no_trouble() {
    let (url, served) = answer("202 Accepted");
    let delivery = send(&url, Duration::MAX);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    served.join().unwrap();
}

#[test]
fn endpoints() {
    let url = "http://user:secret@zipkin.test:9411/api/v2/spans";
    let exporter = zipkin(Some(url)).unwrap();
    assert_eq!(exporter.describe(), "http://zipkin.test:9411/api/v2/spans");
    assert!(!exporter.supports_join());
    // A server alone.
    for url in ["http://zipkin.test:9411", "http://zipkin.test:9411/"] {
        let exporter = zipkin(Some(url)).unwrap();
        assert_eq!(exporter.describe(), "http://zipkin.test:9411/api/v2/spans");
    }
    let error = zipkin(Some("zipkin:9411")).unwrap_err().to_string();
    assert!(error.starts_with("Zipkin endpoint: "), "{error}");
}
