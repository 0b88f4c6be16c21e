//! Over gRPC.

mod broken;
mod partial;
mod throttled;
mod too_large;

use std::time::{Duration, Instant};

use tonic::Code;
use tracer_opentelemetry::{OpenTelemetryExporter, otlp_grpc, resource};
use tracer_recording::{Delivery, Exporter};

use crate::decoded::{check, span};
use crate::receiver::Receiver;
use crate::server::{LONG, serve};

fn exporter(url: &str) -> OpenTelemetryExporter {
    let mut exporter = otlp_grpc(Some(url), resource([("host.name", "here")])).unwrap();
    exporter.add(&span().view());
    exporter
}

#[test]
fn a_span_arrives() {
    let receiver = Receiver::start();
    let delivery = exporter(&receiver.url()).send(LONG);
    assert!(
        matches!(delivery, Delivery::Sent { bytes } if bytes > 0),
        "{delivery:?}"
    );
    let (metadata, request) = receiver.only();
    assert_eq!(metadata.get("b3").unwrap(), "0");
    check(&request);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn it_may_be_built_and_dropped_inside_a_runtime() {
    let receiver = Receiver::start();
    let mut exporter = exporter(&receiver.url());
    // As a reporter does it: the exporter moves to a thread of its own.
    let sent = std::thread::spawn(move || exporter.send(LONG));
    let delivery = sent.join().unwrap();
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    drop(otlp_grpc(Some(&receiver.url()), resource::<&str, &str>([])).unwrap());
}

#[test]
fn a_restarted_collector_gets_what_is_sent_next() {
    let receiver = Receiver::start();
    let mut exporter = exporter(&receiver.url());
    assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
    let address = receiver.address;
    drop(receiver);

    exporter.clear();
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Retry { .. }), "{delivery:?}");

    let receiver = Receiver::bound(address);
    let until = Instant::now() + LONG;
    loop {
        match exporter.send(LONG) {
            Delivery::Sent { .. } => break,
            Delivery::Retry { .. } if Instant::now() < until => std::thread::yield_now(),
            other => panic!("{other:?}"),
        }
    }
    check(&receiver.only().1);
}

#[test]
fn a_collector_restarted_between_two_batches() {
    let receiver = Receiver::start();
    let mut exporter = exporter(&receiver.url());
    assert!(matches!(exporter.send(LONG), Delivery::Sent { .. }));
    let address = receiver.address;
    drop(receiver);
    let receiver = Receiver::bound(address);
    exporter.clear();
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    check(&receiver.only().1);
}

#[test]
fn unavailable_is_tried_again_and_the_rest_is_final() {
    for (code, again) in [
        (Code::Unavailable, true),
        (Code::InvalidArgument, false),
        (Code::Unauthenticated, false),
        (Code::Internal, false),
    ] {
        let receiver = Receiver::failing(code);
        let delivery = exporter(&receiver.url()).send(LONG);
        let retried = matches!(delivery, Delivery::Retry { .. });
        let rejected = matches!(delivery, Delivery::Rejected { .. });
        assert_eq!(
            (retried, rejected),
            (again, !again),
            "{code:?}: {delivery:?}"
        );
        let (Delivery::Retry { reason, .. } | Delivery::Rejected { reason }) = delivery else {
            panic!("{delivery:?}")
        };
        assert_eq!(reason, format!("gRPC {code:?}: not now"));
        receiver.only();
    }
}

#[test]
fn the_time_is_kept() {
    let (url, served) = serve(|stream| {
        // Until the client hangs up.
        std::io::copy(&mut &stream, &mut std::io::sink()).unwrap();
    });
    let started = Instant::now();
    let delivery = exporter(&url).send(Duration::from_millis(100));
    assert!(started.elapsed() < LONG / 2);
    let Delivery::Rejected { reason } = &delivery else {
        panic!("{delivery:?}")
    };
    assert!(reason.ends_with("no answer in time"), "{reason}");
    served.join().unwrap();
}

#[test]
fn endpoints() {
    let known = || resource([("host.name", "here")]);
    let exporter = otlp_grpc(Some("http://user:secret@collector.test:4317"), known()).unwrap();
    assert_eq!(exporter.describe(), "http://collector.test:4317/");
    assert!(!exporter.supports_join());
    assert!(otlp_grpc(Some("::"), known()).is_err());
    assert!(otlp_grpc(Some("http://u:secret@"), known()).is_err());
    let mut socket = otlp_grpc(Some("unix:///no/such/socket"), known()).unwrap();
    socket.add(&span().view());
    assert!(matches!(socket.send(LONG), Delivery::Retry { .. }));
    assert_eq!(
        otlp_grpc(Some("https://a.test"), known()).is_ok(),
        cfg!(feature = "tls")
    );
}
