//! Collectors that say when they want a batch again (OTLP specification, "OTLP/gRPC Throttling").

use std::time::Duration;

use tonic::Code;
use tracer_recording::{Delivery, Exporter};

use super::exporter;
use crate::receiver::Receiver;
use crate::server::LONG;

/// `google.rpc.RetryInfo` in `google.rpc.Status`, with this `google.protobuf.Duration`.
fn retry_info(delay: &[u8]) -> Vec<u8> {
    let delay = field(1, delay);
    let any = [
        field(1, b"type.googleapis.com/google.rpc.RetryInfo"),
        field(2, &delay),
    ];
    field(3, &any.concat())
}

/// A field that has a length.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    [&[number << 3 | 2, length], bytes].concat()
}

fn answered(code: Code, details: &[u8]) -> Delivery {
    let receiver = Receiver::failing_with(code, details);
    let delivery = exporter(&receiver.url()).send(LONG);
    receiver.only();
    delivery
}

fn again(code: Code, after: Option<Duration>) -> Delivery {
    let reason = format!("gRPC {code:?}: not now");
    Delivery::Retry { after, reason }
}

fn is_final(code: Code) -> Delivery {
    let reason = format!("gRPC {code:?}: not now");
    Delivery::Rejected { reason }
}

#[test]
fn the_collector_says_when() {
    // 2 s, 2 s and 3 ns, nothing.
    let delays: [(&[u8], Duration); 3] = [
        (&[8, 2], Duration::from_secs(2)),
        (&[8, 2, 16, 3], Duration::new(2, 3)),
        (&[], Duration::ZERO),
    ];
    for (delay, after) in delays {
        for code in [Code::ResourceExhausted, Code::Unavailable] {
            let delivery = answered(code, &retry_info(delay));
            assert_eq!(delivery, again(code, Some(after)));
        }
    }
}

#[test]
fn it_need_not_say_when() {
    let info = field(3, &field(1, b"type.googleapis.com/google.rpc.RetryInfo"));
    for code in [Code::ResourceExhausted, Code::Unavailable] {
        assert_eq!(answered(code, &info), again(code, None));
    }
}

#[test]
fn what_is_exhausted_for_good_is_not_asked_again() {
    let cut = &retry_info(&[8, 2])[..20];
    for details in [&[], cut, &[0xff; 40], b"not now"] {
        let exhausted = Code::ResourceExhausted;
        assert_eq!(answered(exhausted, details), is_final(exhausted));
        let unavailable = Code::Unavailable;
        assert_eq!(answered(unavailable, details), again(unavailable, None));
    }
}

#[test]
fn other_failures_stay_final() {
    let invalid = Code::InvalidArgument;
    assert_eq!(answered(invalid, &retry_info(&[8, 2])), is_final(invalid));
}
