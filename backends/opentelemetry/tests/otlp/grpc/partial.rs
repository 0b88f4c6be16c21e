//! Exports that are taken in part (OTLP specification, "Partial Success").

use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;
use tracer_recording::{Delivery, Exporter};

use super::exporter;
use crate::decoded::span;
use crate::partial;
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
    partial::what_is_left_out_is_lost_and_the_rest_is_not(partly);
}

#[test]
fn a_warning_loses_nothing() {
    partial::a_warning_loses_nothing(partly);
}
