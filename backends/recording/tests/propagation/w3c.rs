//! W3C Trace Context.

use std::sync::Arc;

use tracer_core::{Extra, Sampling, SpanContext, SpanRef};
use tracer_recording::Propagation;

use crate::support::{context, list, named, read, write};

fn state(propagation: &Propagation, headers: &str) -> Option<String> {
    let extracted = propagation.extract(&list(headers));
    Some(extracted.extra()?.trace_state.as_deref()?.to_owned())
}

#[test]
fn traceparent_is_read() {
    let long = "traceparent: 01-{T}-{S}-01-what.ever, it says";
    let cases = [
        ("traceparent: 00-{T}-{S}-00", "T-S-Drop"),
        ("TraceParent: 00-{T}-{S}-01", "T-S-Record"),
        ("traceparent: 00-{T}-{S}-fd", "T-S-Record"),
        ("traceparent:   00-{T}-{S}-01 \t", "T-S-Record"),
        ("traceparent: 00-0000000000000000{t}-{S}-01", "t-S-Record"),
        ("traceparent: cc-{T}-{S}-01", "T-S-Record"),
        ("traceparent: fe-{T}-{S}-01-", "T-S-Record"),
        (long, "T-S-Record"),
    ];
    for (sent, expected) in cases {
        assert_eq!(read(&named("tracecontext"), sent), expected, "{sent}");
        assert_eq!(read(&named("b3"), sent), "absent", "{sent}");
    }
}

#[test]
fn malformed_traceparent_is_absent_counted_and_takes_tracestate_with_it() {
    for sent in [
        "",
        "00",
        "00-{T}-{S}",
        "00-{T}-{S}-",
        "00-{T}-{S}-1",
        "00-{T}-{S}-001",
        "00-{T}-{S}-0g",
        "00-{T}-{S}-0A",
        "00-{T}-{S}-01-",
        "00-{T}-{S}-01-more",
        "00-{T}-{S}-01.",
        "01-{T}-{S}-01.x",
        "01-{T}-{S}-011",
        "ff-{T}-{S}-01",
        "0-{T}-{S}-01",
        "0x-{T}-{S}-01",
        "00-{t}-{S}-01",
        "00-{T}0-{S}-01",
        "00-463AC35C9F6413AD48485A3953BB6124-{S}-01",
        "00-{T}-A2FB4A1D1A96D312-01",
        "00-00000000000000000000000000000000-{S}-01",
        "00-{T}-0000000000000000-01",
        "00_{T}_{S}_01",
    ] {
        let w3c = named("tracecontext");
        let headers = format!("traceparent: {sent}\ntracestate: a=1");
        assert_eq!(read(&w3c, &headers), "absent", "{sent}");
        assert_eq!(w3c.counts().malformed, 1, "{sent}");
        assert_eq!(state(&w3c, &headers), None, "{sent}");
    }
    let twice = "traceparent: 00-{T}-{S}-01\ntracestate: a=1\ntraceparent: 00-{T}-{S}-01";
    assert_eq!(read(&named("tracecontext"), twice), "absent");
    assert_eq!(state(&named("tracecontext"), twice), None);
    assert_eq!(state(&named("tracecontext"), "tracestate: a=1"), None);
}

#[test]
fn tracestate_is_combined_and_kept() {
    let cases = [
        ("tracestate: a=1", Some("a=1")),
        ("TraceState: a=1,b=2\ntracestate: c=3", Some("a=1,b=2,c=3")),
        ("tracestate: \t a=1 \t,\t,,  b=2 ", Some("a=1,b=2")),
        ("tracestate: a=1,a=2,a=1", Some("a=1,a=2,a=1")),
        ("tracestate: z=1,b=2", Some("z=1,b=2")),
        ("tracestate: a=  x y", Some("a=  x y")),
        ("tracestate: 0a_-*/@x@y=!~", Some("0a_-*/@x@y=!~")),
        ("tracestate: ", None),
        ("tracestate:  , ,", None),
    ];
    for (sent, expected) in cases {
        let w3c = named("tracecontext");
        let headers = format!("traceparent: 00-{{T}}-{{S}}-01\n{sent}");
        assert_eq!(state(&w3c, &headers).as_deref(), expected, "{sent}");
        assert_eq!(w3c.counts().malformed, 0, "{sent}");
    }
}

#[test]
fn a_malformed_member_discards_the_list_but_never_the_traceparent() {
    let member = |key: usize, value: usize| {
        let (key, value) = ("k".repeat(key), "v".repeat(value));
        format!("{key}={value}")
    };
    let many = |n: usize| {
        let members = (0..n).map(|i| format!("k{i}=v"));
        members.collect::<Vec<_>>().join(",")
    };
    let fine = [
        member(256, 256),
        many(32),
        member(100, 200) + "," + &member(100, 110),
    ];
    for sent in fine {
        let headers = format!("traceparent: 00-{{T}}-{{S}}-01\ntracestate: {sent}");
        assert_eq!(state(&named("tracecontext"), &headers), Some(sent));
    }
    let bad = [
        "a".to_owned(),
        "=1".to_owned(),
        "a=".to_owned(),
        "a =1".to_owned(),
        "A=1".to_owned(),
        "_a=1".to_owned(),
        "@a=1".to_owned(),
        "a.b=1".to_owned(),
        "a=1=2".to_owned(),
        "a=x\ty".to_owned(),
        "a=\u{e9}".to_owned(),
        "a=1;b=2,c".to_owned(),
        member(257, 1),
        member(1, 257),
        // With the one in front: 33.
        many(32),
    ];
    for sent in bad {
        let w3c = named("tracecontext");
        let headers =
            format!("traceparent: 00-{{T}}-{{S}}-01\ntracestate: ok=1\ntracestate: {sent}");
        assert_eq!(state(&w3c, &headers), None, "{sent}");
        assert_eq!(w3c.counts().malformed, 1, "{sent}");
        assert_eq!(read(&w3c, &headers), "T-S-Record", "{sent}");
    }
}

#[test]
fn traceparent_is_written_with_only_the_flags_that_we_know() {
    let w3c = named("tracecontext");
    let cases = [
        (Sampling::Defer, false, "00"),
        (Sampling::Drop, false, "00"),
        (Sampling::Record, false, "01"),
        (Sampling::Debug, false, "01"),
        (Sampling::Drop, true, "02"),
        (Sampling::Record, true, "03"),
    ];
    for (sampling, random, flags) in cases {
        let span = SpanRef::from_context(context(sampling).with_random(random));
        let expected = format!("traceparent: 00-{{T}}-{{S}}-{flags}");
        assert_eq!(write(&w3c, &span), expected);
    }
    for (received, sent) in [("ff", "03"), ("fc", "00"), ("06", "02")] {
        let headers = list(&format!("traceparent: 00-{{T}}-{{S}}-{received}"));
        let context = w3c.extract(&headers).span_context().unwrap().clone();
        let sent = format!("traceparent: 00-{{T}}-{{S}}-{sent}");
        assert_eq!(write(&w3c, &SpanRef::from_context(context)), sent);
    }
}

#[test]
fn short_ids_are_padded_and_tracestate_goes_only_with_a_traceparent() {
    let both = Propagation::default();
    let short = both.extract(&list("b3: {t}-{S}-1"));
    let short = SpanRef::from_context(short.span_context().unwrap().clone());
    let sent = write(&both, &short);
    let padded = "traceparent: 00-000000000000000048485a3953bb6124-{S}-01";
    assert!(sent.contains(padded), "{sent}");
    assert!(sent.contains("x-b3-traceid: 48485a3953bb6124"), "{sent}");

    let extra = Some(Arc::new(Extra {
        trace_state: Some("a=1,b= 2".into()),
        ..Extra::default()
    }));
    let with = |context: SpanContext| SpanRef::from_context(context).with_extra(extra.clone());
    let w3c = named("tracecontext");
    assert_eq!(
        write(&w3c, &with(context(Sampling::Record))),
        "traceparent: 00-{T}-{S}-01\ntracestate: a=1,b= 2"
    );
    assert_eq!(write(&w3c, &SpanRef::none().with_extra(extra.clone())), "");
}
