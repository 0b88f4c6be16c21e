//! `b3`, each line one header.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracer_recording::Propagation;

static B3: LazyLock<Propagation> = LazyLock::new(|| tracer_fuzz::propagation("b3"));

fuzz_target!(|data: &[u8]| {
    let received = tracer_fuzz::values("b3", data);
    let first = received.first().map_or(&b""[..], |(_, value)| value);
    let extracted = tracer_fuzz::extract(&B3, &received);
    let Some(context) = extracted.span_context() else {
        assert!(extracted.is_absent() || matches!(first, b"0" | b"1" | b"d"));
        return;
    };
    // Nothing is padded, trimmed or folded: the ids stand in the header as they were read.
    let text = std::str::from_utf8(first).expect("valid headers are ASCII");
    let mut parts = text.split('-');
    let trace = parts.next().expect("a trace id");
    assert!(trace == &*context.trace_id().hex() || trace == &*context.trace_id().short_hex());
    assert_eq!(parts.next(), Some(&*context.span_id().hex()));
    assert!((33..=68).contains(&text.len()));
});
