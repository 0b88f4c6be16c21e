//! What is written is read again: for each format and for every set of them, in any order.

use std::collections::HashMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::subsequence;
use tracer_core::{
    Baggage, Extra, Extract, Extracted, Sampling, SpanContext, SpanId, SpanRef, TraceId,
};
use tracer_recording::Propagation;
use tracer_recording::propagation::{Format, binary};

const ALL: [Format; 5] = [
    Format::B3,
    Format::B3Multi,
    Format::TraceContext,
    Format::Baggage,
    Format::Jaeger,
];

fn formats() -> impl Strategy<Value = Vec<Format>> {
    subsequence(ALL.to_vec(), 1..=ALL.len()).prop_shuffle()
}

fn context() -> impl Strategy<Value = SpanContext> {
    let sampling = prop_oneof![
        Just(Sampling::Defer),
        Just(Sampling::Drop),
        Just(Sampling::Record),
        Just(Sampling::Debug),
    ];
    let halves = (prop_oneof![Just(0), any::<u64>()], 1..u64::MAX);
    let ids = (halves, 1..u64::MAX, any::<Option<u64>>());
    (ids, sampling, any::<bool>(), extra()).prop_map(|(ids, sampling, random, extra)| {
        let ((high, low), span, parent) = ids;
        let trace = TraceId::from_halves(high, low).unwrap();
        SpanContext::new(trace, SpanId::new(span).unwrap(), sampling)
            .with_parent(parent.and_then(SpanId::new))
            .with_random(random)
            .with_extra((!extra.is_empty()).then(|| Arc::new(extra)))
    })
}

fn extra() -> impl Strategy<Value = Extra> {
    let state = "[a-z0-9][a-z0-9_*/@-]{0,8}=[ -+\\--<>-~]{0,6}[!-+\\--<>-~]";
    let state = prop::option::of(prop::collection::vec(state, 1..5));
    let key = "[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,6}";
    let properties = prop::option::of("[a-z]{1,4}(=[ -+\\--~]{0,3}[!-+\\--~])?");
    let item = (key, "\\PC{0,8}|[\\x00-\\x7f]{0,8}", properties);
    let items = prop::collection::vec(item, 0..5);
    (state, items).prop_map(|(state, items)| {
        let mut baggage = Baggage::new();
        for (key, value, properties) in items {
            baggage
                .set_with_properties(&key, &value, properties.as_deref())
                .unwrap();
        }
        Extra {
            trace_state: state.map(|members| members.join(",").into()),
            baggage,
            fields: Vec::new(),
        }
    })
}

/// What these formats can say of a context; `None` where none of them carries ids.
fn said(formats: &[Format], message: bool, context: &SpanContext) -> Option<SpanContext> {
    let winner = *formats.iter().find(|format| **format != Format::Baggage)?;
    let has = |format: Format| formats.contains(&format);
    let is_b3 = [Format::B3, Format::B3Multi].contains(&winner);
    // The single form is read first, and goes without the parent in messages.
    let no_parent = winner == Format::TraceContext || (is_b3 && message && has(Format::B3));
    let sampling = match (winner, context.sampling()) {
        (Format::TraceContext, Sampling::Debug) => Sampling::Record,
        (Format::TraceContext | Format::Jaeger, Sampling::Defer) => Sampling::Drop,
        (_, sampling) => sampling,
    };
    let bare = SpanContext::new(context.trace_id(), context.span_id(), sampling)
        .with_parent(context.parent_id().filter(|_| !no_parent))
        .with_random(context.is_random() && has(Format::TraceContext));
    let extra = said_beside(formats, context);
    Some(bare.with_extra(extra))
}

fn said_beside(formats: &[Format], context: &SpanContext) -> Option<Arc<Extra>> {
    let has = |format: Format| formats.contains(&format);
    let extra = context.extra()?;
    let mut said = Extra::default();
    if has(Format::TraceContext) {
        said.trace_state = extra.trace_state.clone();
    }
    if has(Format::TraceContext) || has(Format::Baggage) {
        said.baggage = extra.baggage.clone();
    } else if has(Format::Jaeger) {
        for item in &extra.baggage {
            // Header names have no case, so neither have the keys that Jaeger carries.
            let key = item.key().to_ascii_lowercase();
            said.baggage.set(&key, item.value()).unwrap();
        }
    }
    (!said.is_empty()).then(|| Arc::new(said))
}

fn propagation(formats: &[Format]) -> Propagation {
    Propagation::builder()
        .extract(formats.iter().copied())
        .inject(formats.iter().copied())
        .inject_messages(formats.iter().copied())
        .build()
}

fn sorted(extra: Option<&Arc<Extra>>) -> (Option<String>, Vec<String>) {
    let state = extra.and_then(|extra| extra.trace_state.as_deref());
    let items = extra.into_iter().flat_map(|extra| &extra.baggage);
    let mut items: Vec<_> = items.map(|item| format!("{item:?}")).collect();
    items.sort_unstable();
    (state.map(str::to_owned), items)
}

/// Maps keep no order, and neither then does baggage that travels in a header per item.
fn check(received: &Extracted, formats: &[Format], message: bool, sent: &SpanContext) {
    let expected = said(formats, message, sent);
    let ids = |context: &SpanContext| context.clone().with_extra(None);
    assert_eq!(
        received.span_context().map(ids),
        expected.as_ref().map(ids),
        "{formats:?}"
    );
    assert_eq!(
        sorted(received.extra()),
        sorted(said_beside(formats, sent).as_ref())
    );
    let winner = formats.iter().find(|format| **format != Format::Baggage);
    let is_b3 = matches!(winner, Some(Format::B3 | Format::B3Multi));
    assert_eq!(received.is_joinable(), is_b3);
}

proptest! {
    #[test]
    fn any_set_of_formats_reads_what_it_writes(context in context(), formats in formats()) {
        let propagation = propagation(&formats);
        let span = SpanRef::from_context(context.clone());
        let mut map = HashMap::<String, String>::new();
        propagation.inject(&span, &mut map);
        check(&propagation.extract(&map), &formats, false, &context);
        let mut bytes = Vec::<(String, Vec<u8>)>::new();
        propagation.inject_message(&span, &mut bytes);
        check(&propagation.extract(&bytes), &formats, true, &context);
        prop_assert_eq!(propagation.counts(), Default::default());
    }

    #[test]
    fn a_gateway_changes_nothing_that_came(context in context(), formats in formats()) {
        let propagation = propagation(&formats);
        let mut first = HashMap::<String, String>::new();
        propagation.inject(&SpanRef::from_context(context), &mut first);
        if let Some(context) = propagation.extract(&first).span_context() {
            let mut second = first.clone();
            propagation.inject(&SpanRef::from_context(context.clone()), &mut second);
            let again = propagation.extract(&second);
            prop_assert_eq!(again.span_context().map(|c| format!("{c:?}")), Some(format!("{context:?}")));
            prop_assert_eq!(sorted(again.extra()), sorted(context.extra()));
        }
    }

    #[test]
    fn the_binary_carrier_reads_what_it_writes(context in context()) {
        let one_bit = if context.sampling().is_sampled() { Sampling::Record } else { Sampling::Drop };
        let expected = SpanContext::new(context.trace_id(), context.span_id(), one_bit);
        prop_assert_eq!(binary::read(&binary::write(&context)), Some(expected));
    }

    #[test]
    fn whatever_comes_is_absent_or_survives_the_next_hop(headers in headers()) {
        let all = Propagation::from_names("b3,tracecontext,jaeger,b3multi").unwrap();
        let received = all.extract(&headers);
        if let Some(context) = received.span_context() {
            let mut sent = HashMap::<String, String>::new();
            all.inject(&SpanRef::from_context(context.clone()), &mut sent);
            let again = all.extract(&sent);
            prop_assert_eq!(format!("{:?}", again.span_context()), format!("{:?}", Some(context)));
            prop_assert!(sent.each_is_ascii());
        }
    }
}

/// Headers with our names whose values are nearly right.
fn headers() -> impl Strategy<Value = Vec<(&'static str, Vec<u8>)>> {
    let value = prop_oneof![
        "([0-9a-f]{16}){1,2}-(0{16}|[0-9a-f]{16})(-[01d])?(-(0{16}|[0-9a-f]{16}))?",
        "0[01]-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]",
        "[0-9a-fA-F]{1,32}:[0-9a-f]{1,16}:(0|[0-9a-f]{16}):[0-3]",
        "([0-9a-f]{16}){1,2}",
        "[01d]|true|False",
        "([a-z%+ ]{1,5}=[ -~]{0,8},?){1,4}",
        "\\PC{0,12}",
    ];
    let names = vec![
        "b3",
        "x-b3-traceid",
        "x-b3-spanid",
        "x-b3-parentspanid",
        "x-b3-sampled",
        "x-b3-flags",
        "traceparent",
        "tracestate",
        "uber-trace-id",
        "uberctx-a",
        "jaeger-baggage",
        "baggage",
    ];
    let header = (
        prop::sample::select(names),
        value.prop_map(String::into_bytes),
    );
    prop::collection::vec(header, 0..8)
}

trait Ascii {
    fn each_is_ascii(&self) -> bool;
}

impl<T: Extract> Ascii for T {
    fn each_is_ascii(&self) -> bool {
        let mut all = true;
        self.each(&mut |name, value| {
            all &= name.is_ascii() && value.iter().all(|byte| matches!(byte, b' '..=b'~'));
        });
        all
    }
}
