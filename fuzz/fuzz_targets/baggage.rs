//! `baggage`, each line one header.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracer_core::SpanRef;
use tracer_recording::Propagation;

static BAGGAGE: LazyLock<Propagation> = LazyLock::new(|| tracer_fuzz::propagation("baggage"));

fuzz_target!(|data: &[u8]| {
    let received = tracer_fuzz::values("baggage", data);
    let extracted = BAGGAGE.extract(&received);
    let Some(extra) = extracted.extra() else {
        return;
    };
    assert!(extra.baggage.len() <= 64);
    for item in &extra.baggage {
        assert!(tracer_core::baggage::is_token(item.key().as_bytes()));
    }
    let mut sent = tracer_fuzz::Sent::new();
    BAGGAGE.inject(&SpanRef::none().with_extra(Some(extra.clone())), &mut sent);
    let Some(header) = sent.get("baggage") else {
        return;
    };
    assert!(header.len() <= 8192);
    assert!(header.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    assert!(header.split(',').count() <= 64);
    // What goes out is what came in, as far as it fits.
    let again = BAGGAGE.extract(&sent);
    let items = |extra: &tracer_core::Extra| extra.baggage.iter().cloned().collect::<Vec<_>>();
    let again = again.extra().map(|extra| items(extra)).unwrap_or_default();
    let first = items(extra);
    assert_eq!(first.get(..again.len()), Some(&again[..]));
    assert!(again.len() == first.len() || header.len() + 4096 > 8192 || first.len() > again.len());
});
