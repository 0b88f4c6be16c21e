//! The mock's own headers: a stand-in for every format in the tests of adapters.

use std::collections::BTreeMap;

use tracer_core::carrier::Empty;
use tracer_core::testing::MockTracer;
use tracer_core::{Extract, Extracted, Kind, OpenSpan, Sampling, SpanRef, Tracer, TracerExt};

type Headers = BTreeMap<String, String>;

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
const SPAN: &str = "a2fb4a1d1a96d312";

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn extract(pairs: &[(&str, &str)]) -> Extracted {
    MockTracer::new().extract(&headers(pairs))
}

#[test]
fn ids_and_decision_survive_the_way() {
    let cases = [
        (None, Sampling::Defer),
        (Some("0"), Sampling::Drop),
        (Some("1"), Sampling::Record),
        (Some("d"), Sampling::Debug),
    ];
    for (sampled, sampling) in cases {
        let mut sent = headers(&[("mock-trace-id", TRACE), ("mock-span-id", SPAN)]);
        sent.extend(sampled.map(|value| ("mock-sampled".to_owned(), value.to_owned())));
        let extracted = MockTracer::new().extract(&sent);
        let context = extracted.span_context().unwrap();
        assert_eq!(context.trace_id().to_string(), TRACE);
        assert_eq!(context.span_id().to_string(), SPAN);
        assert_eq!(extracted.sampling(), sampling);

        let mut passed = Headers::new();
        let caller = SpanRef::from_context(context.clone());
        MockTracer::new().inject(&caller, &mut passed);
        assert_eq!(passed, sent);
    }
}

#[test]
fn names_are_compared_without_case() {
    let extracted = extract(&[("Mock-Trace-Id", TRACE), ("MOCK-SPAN-ID", SPAN)]);
    assert!(extracted.span_context().is_some());
}

#[test]
fn lists_of_pairs_are_read_wherever_they_stand() {
    let pairs = [("mock-trace-id", TRACE), ("mock-span-id", SPAN)];
    let list: &[(&str, &str)] = &pairs;
    let tracer = MockTracer::new();
    for carrier in [&pairs as &dyn Extract, &list, &pairs.to_vec(), &&&list] {
        assert!(tracer.extract(carrier).span_context().is_some());
        assert_eq!(carrier.get("Mock-Span-Id"), Some(SPAN.as_bytes()));
    }
}

#[test]
fn malformed_is_absent() {
    for bad in [
        &[("mock-trace-id", TRACE)][..],
        &[("mock-span-id", SPAN)],
        &[("mock-trace-id", "x"), ("mock-span-id", SPAN)],
        &[("mock-trace-id", TRACE), ("mock-span-id", "0")],
        &[
            ("mock-trace-id", TRACE),
            ("mock-span-id", SPAN),
            ("mock-sampled", "2"),
        ],
        &[("mock-sampled", "true")],
    ] {
        assert!(extract(bad).is_absent(), "{bad:?}");
    }
    assert!(MockTracer::new().extract(&Empty).is_absent());
}

#[test]
fn a_decision_travels_alone_and_so_does_baggage() {
    let extracted = extract(&[("mock-sampled", "0"), ("mock-baggage-User", "a%20b%")]);
    assert_eq!(extracted.sampling(), Sampling::Drop);
    assert!(extracted.span_context().is_none());
    assert_eq!(
        extracted.extra().and_then(|e| e.baggage.get("User")),
        Some("a b%")
    );

    let mut sent = Headers::new();
    let passed = OpenSpan::pass_through(&extracted);
    MockTracer::new().inject(&passed, &mut sent);
    assert_eq!(
        sent,
        headers(&[("mock-sampled", "0"), ("mock-baggage-user", "a%20b%25")])
    );
}

#[test]
fn stale_headers_are_replaced_and_cleared() {
    let tracer = MockTracer::new();
    let stale = headers(&[
        ("Mock-Trace-Id", TRACE),
        ("mock-span-id", SPAN),
        ("mock-sampled", "d"),
        ("mock-baggage-old", "1"),
        ("accept", "*/*"),
    ]);
    let span = tracer.span("call").kind(Kind::Client).start();
    let mut sent = stale.clone();
    tracer.inject(&span, &mut sent);
    assert_eq!(
        sent,
        headers(&[
            ("mock-trace-id", &span.trace_id().unwrap().to_string()),
            ("mock-span-id", &span.span_id().unwrap().to_string()),
            ("mock-sampled", "1"),
            ("accept", "*/*"),
        ])
    );

    let mut cleared = stale.clone();
    tracer.clear(&mut cleared);
    assert_eq!(cleared, headers(&[("accept", "*/*")]));

    let mut untouched = stale.clone();
    tracer.inject(&SpanRef::none(), &mut untouched);
    assert_eq!(untouched, stale);
}

#[test]
fn baggage_of_any_text_survives_the_way() {
    let tracer = MockTracer::new();
    for value in ["", "a b", "100%", "%41", "über", "\r\n"] {
        let span = tracer.span("call").start();
        let mut sent = Headers::new();
        tracer.inject(&span.with_baggage("key", value).unwrap(), &mut sent);
        assert!(
            sent.values()
                .all(|v| v.bytes().all(|b| b.is_ascii_graphic()))
        );
        let extra = tracer.extract(&sent).extra().cloned().unwrap();
        assert_eq!(extra.baggage.get("key"), Some(value));
    }
}
