//! Jaeger's headers: `uber-trace-id` in the first line, `name: value` in the others.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use tracer_recording::Propagation;

static JAEGER: LazyLock<Propagation> = LazyLock::new(|| {
    let builder = Propagation::builder().clock(Arc::new(tracer_fuzz::Patient::default()));
    let builder = builder.names("jaeger").expect("a known name");
    builder.jaeger_debug_id(true).build()
});

fuzz_target!(|data: &[u8]| {
    let mut parts = data.splitn(2, |byte| *byte == b'\n');
    let id = parts.next().unwrap_or_default();
    let mut received = vec![("uber-trace-id", id)];
    received.extend(tracer_fuzz::headers(parts.next().unwrap_or_default()));
    let extracted = tracer_fuzz::extract(&JAEGER, &received);
    let Some(context) = extracted.span_context() else {
        return;
    };
    let own = id == received[0].1;
    let decoded = tracer_fuzz::percent_decoded(id, false);
    let parts: Vec<&str> = decoded.split(':').collect();
    if let ([trace, span, _, _], true) = (&parts[..], own) {
        let number = |digits: &str| u128::from_str_radix(digits, 16).ok();
        let trace_id = u128::from_be_bytes(context.trace_id().to_bytes());
        assert_eq!(number(trace), Some(trace_id));
        assert_eq!(number(span), Some(context.span_id().get().into()));
    } else {
        panic!("{decoded:?} was read");
    }
});
