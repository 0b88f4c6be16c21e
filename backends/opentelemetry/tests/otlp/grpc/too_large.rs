//! Batches that are larger than a collector takes.

use std::sync::Arc;

use tonic::Code;
use tracer_core::{Tracer, TracerExt};
use tracer_opentelemetry::{OtlpOptions, otlp_grpc, resource};
use tracer_recording::{BatchReporter, Delivery, Exporter, RecordingTracer};

use super::exporter;
use crate::decoded::span;
use crate::receiver::Receiver;
use crate::server::LONG;

/// More than any of these collectors takes, and more than a peer's window.
const MUCH: usize = 300_000;

fn is_too_large(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::TooLarge { .. })
}

#[test]
fn a_collector_says_that_the_message_is_too_long() {
    for much in [2_000, MUCH] {
        let receiver = Receiver::narrow(1_000);
        let mut exporter = exporter(&receiver.url());
        exporter.add(&span().tag("much", &*"x".repeat(much)).view());
        let delivery = exporter.send(LONG);
        assert!(is_too_large(&delivery), "{delivery:?}");
        // The next one is taken, also on the same connection.
        exporter.clear();
        exporter.add(&span().view());
        let delivery = exporter.send(LONG);
        assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
        receiver.only();
    }
}

#[test]
fn compressed_it_may_be_short_enough_and_too_long_nevertheless() {
    let receiver = Receiver::narrow(10_000);
    let options = OtlpOptions::new().endpoint(receiver.url()).gzip();
    let mut exporter = options.grpc(resource([("host.name", "here")])).unwrap();
    exporter.add(&span().tag("much", &*"x".repeat(MUCH)).view());
    let delivery = exporter.send(LONG);
    assert!(is_too_large(&delivery), "{delivery:?}");
}

#[test]
fn later_batches_are_smaller() {
    const BATCH: usize = 64_000;
    let receiver = Receiver::narrow(BATCH * 3 / 4);
    let known = resource([("host.name", "here")]);
    let exporter = otlp_grpc(Some(&receiver.url()), known).unwrap();
    let reporter = BatchReporter::builder(exporter).batch_bytes(BATCH);
    let reporter = Arc::new(reporter.interval(LONG).build());
    let tracer = RecordingTracer::builder("shop", Arc::clone(&reporter)).build();
    for _ in 0..200 {
        let much = "x".repeat(1_000);
        tracer.span("load").tag("much", &*much).start().finish();
    }
    // An error if the batch that is lost was not lost before.
    let _ = tracer.flush(LONG);
    let counts = reporter.counts();
    assert_eq!(counts.sent + counts.dropped_too_large, 200, "{counts:?}");
    // One batch was lost, and no other.
    assert!((1..100).contains(&counts.dropped_too_large), "{counts:?}");
}

/// What a collector means that answers with this status.
fn answered(code: Code, text: &'static str) -> Delivery {
    let receiver = Receiver::saying(code, text);
    exporter(&receiver.url()).send(LONG)
}

#[test]
fn every_implementation_says_it_in_its_own_words() {
    let exhausted = [
        // Go.
        "grpc: received message larger than max (5000000 vs. 4194304)",
        "grpc: message after decompression larger than max (5000000 vs. 4194304)",
        // C, Python, Ruby, JavaScript.
        "Received message larger than max (5000000 vs. 4194304)",
        "Received message that decompresses to a size larger than 4194304",
        // Java.
        "gRPC message exceeds maximum size 4194304: 5000000",
        "Decompressed gRPC message exceeds maximum size 4194304",
        // C#.
        "Received message exceeds the maximum configured message size.",
    ];
    for text in exhausted {
        let delivery = answered(Code::ResourceExhausted, text);
        let reason = format!("gRPC ResourceExhausted: {text}");
        assert_eq!(delivery, Delivery::TooLarge { reason });
    }
}

#[test]
fn what_else_is_exhausted_does_not_make_batches_smaller() {
    let others = [
        (
            Code::ResourceExhausted,
            "too many messages: rate limit exceeded",
        ),
        (Code::ResourceExhausted, "max size of trace exceeded"),
        (Code::ResourceExhausted, ""),
        (Code::OutOfRange, "the message is too old"),
        (Code::Internal, "received message larger than max (2 vs. 1)"),
    ];
    for (code, text) in others {
        let delivery = answered(code, text);
        let rejected = matches!(delivery, Delivery::Rejected { .. });
        assert!(rejected, "{code:?} {text:?}: {delivery:?}");
    }
}
