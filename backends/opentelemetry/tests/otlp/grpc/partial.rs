//! Exports that are taken in part (OTLP specification, "Partial Success").

use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use tracer_recording::{Delivery, Exporter};

use super::exporter;
use crate::decoded::span;
use crate::receiver::Receiver;
use crate::server::LONG;

/// What an answer says of a batch of three spans.
fn partly(rejected_spans: i64, error_message: &str) -> (Delivery, u64) {
    let receiver = Receiver::partly(ExportTracePartialSuccess {
        rejected_spans,
        error_message: error_message.to_owned(),
    });
    let mut exporter = exporter(&receiver.url());
    exporter.add(&span().view());
    exporter.add(&span().view());
    let delivery = exporter.send(LONG);
    receiver.only();
    (delivery, exporter.arrived().spans)
}

#[test]
fn spans_that_the_receiver_leaves_out_are_lost_and_the_others_are_not() {
    let rejected = |reason: &str| Delivery::Rejected {
        reason: reason.to_owned(),
    };
    let (delivery, arrived) = partly(2, "too\nold");
    assert_eq!(delivery, rejected("2 spans not taken: too old"));
    assert_eq!(arrived, 1);
    assert_eq!(partly(3, ""), (rejected("3 spans not taken"), 0));
    assert_eq!(partly(9, "").1, 0);
}

#[test]
fn a_warning_loses_nothing() {
    for none in [0, -1] {
        let (delivery, _) = partly(none, "use a newer protocol");
        assert!(matches!(delivery, Delivery::Sent { .. }), "{delivery:?}");
    }
}
