//! Which format wins, and what the others may add.

use tracer_core::{Sampling, SpanRef};
use tracer_recording::Propagation;

use crate::support::{list, named, read, write};

#[test]
fn the_first_valid_hit_wins_as_a_whole() {
    let all = "traceparent: 00-{O}-{S}-01\nuber-trace-id: {t}:{S}:0:1\n";
    let cases = [
        ("b3: {T}-{S}-0", "T-S-Drop"),
        ("b3: x\nx-b3-traceid: {T}\nx-b3-spanid: {S}", "T-S-Defer"),
        ("b3: x\nx-b3-sampled: x", "O-S-Record"),
        ("b3: 0", "Drop"),
        ("x-b3-flags: 1", "Debug"),
        ("", "O-S-Record"),
    ];
    for (b3, expected) in cases {
        let sent = format!("{all}{b3}");
        assert_eq!(read(&Propagation::default(), &sent), expected, "{sent}");
    }
    let both = "traceparent: 00-{O}-{S}-01\nb3: {T}-{S}-0";
    assert_eq!(read(&named("tracecontext,b3"), both), "O-S-Record");
    assert_eq!(read(&named("b3,tracecontext"), both), "T-S-Drop");
    let broken = "traceparent: x\nuber-trace-id: {T}:{S}:0:1";
    assert_eq!(read(&Propagation::default(), broken), "T-S-Record");
}

#[test]
fn only_b3_lets_a_server_share_the_id() {
    let cases = [
        ("b3: {T}-{S}-1", true),
        ("x-b3-traceid: {T}\nx-b3-spanid: {S}", true),
        ("b3: {T}-{S}-1\ntraceparent: 00-{T}-{S}-03", true),
        ("traceparent: 00-{T}-{S}-01", false),
        ("uber-trace-id: {T}:{S}:0:1", false),
    ];
    for (sent, joinable) in cases {
        let extracted = Propagation::default().extract(&list(sent));
        assert_eq!(extracted.is_joinable(), joinable, "{sent}");
    }
}

#[test]
fn a_traceparent_of_the_same_trace_adds_its_tracestate_and_random_flag() {
    let winners = [
        "b3: {T}-{S}-0",
        "x-b3-traceid: {T}\nx-b3-spanid: {S}\nx-b3-sampled: 0",
        "uber-trace-id: {T}:{S}:0:0",
    ];
    let cases = [
        (
            "traceparent: 00-{T}-{P}-03\ntracestate: a=1",
            Some("a=1"),
            true,
        ),
        (
            "traceparent: 00-{T}-{P}-01\ntracestate: a=1",
            Some("a=1"),
            false,
        ),
        ("traceparent: 00-{T}-{P}-02", None, true),
        ("traceparent: 00-{O}-{S}-03\ntracestate: a=1", None, false),
        ("traceparent: 00-{T}-{S}-03x\ntracestate: a=1", None, false),
        (
            "traceparent: 00-{T}-{S}-03\ntraceparent: 00-{T}-{S}-03\ntracestate: a=1",
            None,
            false,
        ),
        ("tracestate: a=1", None, false),
    ];
    let jaeger_first = named("b3,jaeger,tracecontext");
    for winner in winners {
        for (more, state, random) in cases {
            let sent = format!("{winner}\n{more}");
            let extracted = jaeger_first.extract(&list(&sent));
            let context = extracted.span_context().unwrap();
            assert_eq!(read(&jaeger_first, &sent), "T-S-Drop", "{sent}");
            let received = context.extra().and_then(|e| e.trace_state.as_deref());
            assert_eq!(received, state, "{sent}");
            assert_eq!(context.is_random(), random, "{sent}");
        }
    }
    let lone = "b3: 1\ntraceparent: 00-{T}-{S}-03\ntracestate: a=1";
    let extracted = Propagation::default().extract(&list(lone));
    assert!(extracted.extra().is_none());
    assert_eq!(extracted.sampling(), Sampling::Record);
}

#[test]
fn a_vendors_tracestate_survives_two_of_our_own_services() {
    let ours = Propagation::default();
    let vendor = ours.extract(&list("traceparent: 00-{T}-{S}-03\ntracestate: v=1"));
    let mut context = vendor.span_context().unwrap().clone();
    for _ in 0..2 {
        let mut sent = crate::support::Headers::new();
        ours.inject(&SpanRef::from_context(context), &mut sent);
        context = ours.extract(&sent).span_context().unwrap().clone();
    }
    let sent = write(&ours, &SpanRef::from_context(context));
    assert!(sent.contains("traceparent: 00-{T}-{S}-03\ntracestate: v=1"));
}

#[test]
fn nothing_is_absent_and_not_counted() {
    let all = named("tracecontext,b3,jaeger");
    assert_eq!(read(&all, "host: x\naccept: */*"), "absent");
    assert_eq!(all.counts(), Default::default());
}
