//! Percent decoding and encoding, seen through baggage, against a decoder of our own.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracer_core::SpanRef;
use tracer_recording::Propagation;

static JAEGER: LazyLock<Propagation> = LazyLock::new(|| tracer_fuzz::propagation("jaeger"));
static W3C: LazyLock<Propagation> = LazyLock::new(|| tracer_fuzz::propagation("baggage"));

fuzz_target!(|data: &[u8]| {
    let expected = tracer_fuzz::percent_decoded(data, true);
    let extracted = JAEGER.extract(&vec![("uberctx-k", data)]);
    let extra = extracted.extra().expect("a valid key");
    assert_eq!(extra.baggage.get("k"), Some(&*expected));

    // Whatever the value is, both encodings bring it to the next service.
    let span = SpanRef::none().with_extra(Some(extra.clone()));
    for (formats, header) in [(&*JAEGER, "uberctx-k"), (&*W3C, "baggage")] {
        let mut sent = tracer_fuzz::Sent::new();
        formats.inject(&span, &mut sent);
        let Some(value) = sent.get(header) else {
            assert!(header == "baggage" && expected.len() > 2000);
            continue;
        };
        assert!(value.bytes().all(|byte| byte.is_ascii_graphic()));
        let again = formats.extract(&sent);
        let again = again.extra().and_then(|extra| extra.baggage.get("k"));
        assert_eq!(again, Some(&*expected));
    }
});
