//! Which formats are read and written.

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extracted, Inject, Sampling, SpanRef};
use tracer_recording::Propagation;
use tracer_recording::propagation::{Format, Propagator, Reading};

use crate::support::{Headers, context, lines, named, parent, read, write};

fn span() -> SpanRef {
    let context = context(Sampling::Record).with_parent(parent());
    SpanRef::from_context(context)
        .with_baggage("a", "1")
        .unwrap()
}

fn message(propagation: &Propagation) -> String {
    let mut headers = Headers::new();
    propagation.inject_message(&span(), &mut headers);
    lines(&headers)
}

const B3: &str = "b3: {T}-{S}-1-{P}";
const MULTI: &str = "x-b3-parentspanid: {P}\nx-b3-sampled: 1\nx-b3-spanid: {S}\nx-b3-traceid: {T}";
const W3C: &str = "baggage: a=1\ntraceparent: 00-{T}-{S}-01";
const JAEGER: &str = "uber-trace-id: {T}:{S}:{P}:1\nuberctx-a: 1";

#[test]
fn requests_get_w3c_and_b3_multi_and_messages_b3_single_without_parent() {
    for default in [Propagation::default(), named(""), named("  "), named(" , ")] {
        assert_eq!(write(&default, &span()), format!("{W3C}\n{MULTI}"));
        let expected = "b3: {T}-{S}-1\nbaggage: a=1\ntraceparent: 00-{T}-{S}-01";
        let sent = message(&default);
        let mut sent: Vec<_> = sent.lines().collect();
        sent.sort_unstable();
        assert_eq!(sent.join("\n"), expected);
    }
}

#[test]
fn everything_is_read_by_default() {
    let default = Propagation::default();
    for sent in [
        "b3: {T}-{S}-1",
        "x-b3-traceid: {T}\nx-b3-spanid: {S}\nx-b3-sampled: 1",
        "traceparent: 00-{T}-{S}-01",
        "uber-trace-id: {T}:{S}:0:1",
    ] {
        assert_eq!(read(&default, sent), "T-S-Record", "{sent}");
    }
}

#[test]
fn names_choose() {
    let all = format!("{B3}\n{W3C}\n{JAEGER}\n{MULTI}");
    let mut all: Vec<_> = all.lines().collect();
    all.sort_unstable();
    let cases = [
        ("b3", B3.to_owned()),
        ("b3multi", MULTI.to_owned()),
        ("tracecontext", W3C.to_owned()),
        ("baggage", "baggage: a=1".to_owned()),
        ("jaeger", JAEGER.to_owned()),
        ("none", String::new()),
        ("none, None", String::new()),
        (" TraceContext , baggage,", W3C.to_owned()),
        ("b3,b3,tracecontext,jaeger,b3multi", all.join("\n")),
    ];
    for (names, sent) in cases {
        assert_eq!(write(&named(names), &span()), sent, "{names}");
        assert_eq!(
            message(&named(names)),
            sent.replace("-1-{P}", "-1"),
            "{names}"
        );
    }
    assert_eq!(
        read(&named("none"), "b3: 1\ntraceparent: 00-{T}-{S}-01"),
        "absent"
    );
}

#[test]
fn none_beside_others_is_an_error() {
    for names in ["none,b3", "b3, NONE", "none,none,baggage"] {
        let error = Propagation::from_names(names).unwrap_err();
        assert_eq!(error.to_string(), "none cannot stand beside others");
    }
}

#[test]
fn an_unknown_name_is_an_error_that_names_the_allowed_ones() {
    let error = Propagation::from_names("b3,xray").unwrap_err();
    assert_eq!(error.name(), "xray");
    let allowed = "tracecontext, baggage, b3, b3multi, jaeger, none";
    let text = error.to_string();
    assert!(
        text.contains("\"xray\"") && text.contains(allowed),
        "{text}"
    );
}

#[test]
fn what_is_read_does_not_depend_on_what_is_written() {
    let one_way = Propagation::builder().inject([Format::Jaeger]).build();
    assert_eq!(read(&one_way, "b3: {T}-{S}-0"), "T-S-Drop");
    assert_eq!(write(&one_way, &span()), JAEGER);
    let other = Propagation::builder().extract([Format::Jaeger]).build();
    assert_eq!(read(&other, "b3: {T}-{S}-0"), "absent");
    assert_eq!(write(&other, &span()), format!("{W3C}\n{MULTI}"));
}

/// A format that is not ours.
#[derive(Default)]
struct Custom(usize);

impl Propagator for Custom {
    fn prepare(&mut self, names: &mut Names) {
        self.0 = names.add("x-keep");
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        match found.first(self.0) {
            Some(b"yes") => Reading::Hit(Extracted::decision(Sampling::Record)),
            Some(_) => Reading::Malformed,
            None => Reading::Absent,
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        let keep = span.sampling().is_sampled();
        carrier.set("x-keep", if keep { "yes" } else { "no" });
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove("x-keep");
    }
}

#[test]
fn a_format_of_ones_own_takes_part() {
    let builder = Propagation::builder().names("b3").unwrap();
    // Whichever it is at run time.
    let reader: Box<dyn Propagator> = Box::new(Custom::default());
    let own = builder.reader(reader).writer(Custom(0)).build();
    assert_eq!(read(&own, "x-keep: yes"), "Record");
    assert_eq!(read(&own, "x-keep: yes\nb3: 0"), "Drop");
    assert_eq!(read(&own, "x-keep: perhaps"), "absent");
    assert_eq!(own.counts().malformed, 1);
    assert_eq!(write(&own, &span()), format!("{B3}\nx-keep: yes"));
    let mut headers = Headers::from([("X-Keep".to_owned(), "yes".to_owned())]);
    own.clear(&mut headers);
    assert_eq!(headers, Headers::new());
}
