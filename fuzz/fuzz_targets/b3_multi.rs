//! `X-B3-*`: five lines, the values of the five headers. An empty line is no header.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracer_core::Sampling;
use tracer_recording::Propagation;

static B3: LazyLock<Propagation> = LazyLock::new(|| tracer_fuzz::propagation("b3multi"));
const NAMES: [&str; 5] = [
    "X-B3-TraceId",
    "X-B3-SpanId",
    "X-B3-ParentSpanId",
    "X-B3-Sampled",
    "X-B3-Flags",
];

fuzz_target!(|data: &[u8]| {
    let lines = NAMES.into_iter().zip(data.split(|byte| *byte == b'\n'));
    let received: Vec<_> = lines.filter(|(_, value)| !value.is_empty()).collect();
    let get = |name| {
        let found = received.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    };
    let extracted = tracer_fuzz::extract(&B3, &received);
    let sampled = get("X-B3-Sampled").map(<[u8]>::to_ascii_lowercase);
    let decision = match (sampled.as_deref(), get("X-B3-Flags")) {
        (None | Some(b"0" | b"1" | b"true" | b"false"), Some(b"1")) => Sampling::Debug,
        (Some(b"1" | b"true"), _) => Sampling::Record,
        (Some(b"0" | b"false"), _) => Sampling::Drop,
        _ => Sampling::Defer,
    };
    match extracted.span_context() {
        Some(context) => {
            assert_eq!(context.sampling(), decision);
            let span = context.span_id().hex();
            assert_eq!(get("X-B3-SpanId"), Some(span.as_bytes()));
        }
        None => {
            let found = extracted.sampling();
            assert!(found == Sampling::Defer || found == decision);
        }
    }
});
