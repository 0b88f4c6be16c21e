//! The binary carrier.

use tracer_core::Sampling;
use tracer_recording::propagation::binary;

use crate::support::{context, parent};

#[test]
fn the_layout_is_that_of_opencensus() {
    let bytes = binary::write(&context(Sampling::Record).with_parent(parent()));
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = "0000463ac35c9f6413ad48485a3953bb612401a2fb4a1d1a96d3120201";
    assert_eq!(hex, expected);
}

#[test]
fn one_bit_of_the_decision_survives() {
    let cases = [
        (Sampling::Defer, Sampling::Drop),
        (Sampling::Drop, Sampling::Drop),
        (Sampling::Record, Sampling::Record),
        (Sampling::Debug, Sampling::Record),
    ];
    for (sent, received) in cases {
        let bytes = binary::write(&context(sent));
        assert_eq!(binary::read(&bytes), Some(context(received)));
    }
}

#[test]
fn malformed_bytes_are_absent() {
    let good = binary::write(&context(Sampling::Record));
    for len in 0..good.len() {
        // Only the options may be missing, as a whole.
        let whole = len == 27;
        assert_eq!(binary::read(&good[..len]).is_some(), whole, "{len}");
    }
    let more = [&good[..], &[9, 9, 9]].concat();
    assert!(binary::read(&more).is_some());
    for (at, byte) in [(0, 1), (1, 1), (18, 2)] {
        let mut bad = good;
        bad[at] = byte;
        assert_eq!(binary::read(&bad), None, "{at}");
    }
    for ids in [2..18, 19..27] {
        let mut bad = good;
        bad[ids].fill(0);
        assert_eq!(binary::read(&bad), None);
    }
}
