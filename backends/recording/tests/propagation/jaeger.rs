//! Jaeger's own headers.

use tracer_core::{Sampling, SpanRef};
use tracer_recording::Propagation;

use crate::support::{context, list, named, parent, read, write};

#[test]
fn the_id_header_is_read() {
    let cases = [
        ("{T}:{S}:0:1", "T-S-Record"),
        ("{T}:{S}:{P}:01", "T-S-Record-P"),
        ("{T}:{S}:{S}:1", "T-S-Record"),
        ("{T}%3A{S}%3a{P}%3A1", "T-S-Record-P"),
        ("463AC35C9F6413AD48485A3953BB6124:{S}:0:1", "T-S-Record"),
        ("{t}:{S}:0:0", "t-S-Drop"),
        ("{T}:{S}:0:3", "T-S-Debug"),
        ("{T}:{S}:0:2", "T-S-Drop"),
        ("{T}:{S}:0:ff", "T-S-Debug"),
        (
            "1:2:0:1",
            "00000000000000000000000000000001-0000000000000002-Record",
        ),
        (
            "10000000000000002:3:4:0",
            "00000000000000010000000000000002-0000000000000003-Drop-0000000000000004",
        ),
    ];
    for (sent, expected) in cases {
        let sent = format!("Uber-Trace-Id: {sent}");
        assert_eq!(read(&named("jaeger"), &sent), expected, "{sent}");
        assert_eq!(read(&named("b3,tracecontext"), &sent), "absent");
    }
}

#[test]
fn a_malformed_id_header_is_absent_and_counted() {
    for sent in [
        "",
        ":::",
        "{T}:{S}:0",
        "{T}:{S}:0:",
        "{T}:{S}:0:001",
        "{T}:{S}:0:1:",
        "{T}:{S}::1",
        "0{T}:{S}:0:1",
        "{T}:0{S}:0:1",
        "{T}:{S}:0{P}:1",
        "0:{S}:0:1",
        "{T}:0:0:1",
        "{T}:{S}:0:x",
        "{T}:{S}:0:%",
        "%3A%3A%3A%3A%3A%3A",
        &"1".repeat(500),
    ] {
        let jaeger = named("jaeger");
        let headers = format!("uber-trace-id: {sent}");
        assert_eq!(read(&jaeger, &headers), "absent", "{sent}");
        assert_eq!(jaeger.counts().malformed, 1, "{sent}");
    }
}

#[test]
fn the_id_header_is_written() {
    let cases = [
        (Sampling::Defer, "0"),
        (Sampling::Drop, "0"),
        (Sampling::Record, "1"),
        (Sampling::Debug, "3"),
    ];
    for (sampling, flags) in cases {
        let root = SpanRef::from_context(context(sampling));
        let expected = format!("uber-trace-id: {{T}}:{{S}}:0:{flags}");
        assert_eq!(write(&named("jaeger"), &root), expected);
        let child = SpanRef::from_context(context(sampling).with_parent(parent()));
        let expected = format!("uber-trace-id: {{T}}:{{S}}:{{P}}:{flags}");
        assert_eq!(write(&named("jaeger"), &child), expected);
    }
}

#[test]
fn baggage_is_read_and_written_escaped() {
    let jaeger = named("jaeger");
    let sent = "uber-trace-id: {T}:{S}:0:1\n\
                uberctx-user: a+b%20%2B%C3%A4\n\
                Uberctx-Shop: 7\n\
                uberctx-: x\n\
                jaeger-baggage: k1=v1, k2 = v2,,bad, a b=c, shop=9";
    let extracted = jaeger.extract(&list(sent));
    let context = extracted.span_context().unwrap();
    for (key, value) in [
        ("user", "a b +ä"),
        ("shop", "7"),
        ("k1", "v1"),
        ("k2", "v2"),
    ] {
        assert_eq!(context.baggage(key), Some(value), "{key}");
    }
    assert_eq!(context.extra().unwrap().baggage.len(), 4);
    assert_eq!(jaeger.counts().malformed, 3);

    let span = SpanRef::from_context(context.clone());
    assert_eq!(
        write(&jaeger, &span),
        "uber-trace-id: {T}:{S}:0:1\n\
         uberctx-k1: v1\n\
         uberctx-k2: v2\n\
         uberctx-shop: 7\n\
         uberctx-user: a%20b%20%2B%C3%A4"
    );
    let upper = SpanRef::none().with_baggage("UserId", "1").unwrap();
    assert_eq!(write(&jaeger, &upper), "uberctx-userid: 1");
}

#[test]
fn a_debug_id_starts_a_debug_trace_only_where_it_is_allowed() {
    let header = "jaeger-debug-id: ticket 7";
    assert_eq!(read(&Propagation::default(), header), "absent");
    let open = || Propagation::builder().jaeger_debug_id(true).build();
    let extracted = open().extract(&list(header));
    assert_eq!(extracted.sampling(), Sampling::Debug);
    assert_eq!(extracted.debug_id(), Some("ticket 7"));
    assert!(extracted.span_context().is_none());

    for other in [
        "traceparent: 00-{T}-{S}-00",
        "b3: 0",
        "uber-trace-id: {T}:{S}:0:0",
    ] {
        let extracted = open().extract(&list(&format!("{header}\n{other}")));
        assert_eq!(extracted.sampling(), Sampling::Drop, "{other}");
        assert_eq!(extracted.debug_id(), None, "{other}");
    }
    for (length, expected) in [(0, "absent"), (1, "Debug"), (256, "Debug"), (257, "absent")] {
        let header = format!("jaeger-debug-id: {}", "x".repeat(length));
        assert_eq!(read(&open(), &header), expected, "{length}");
    }
}
