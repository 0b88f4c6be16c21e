//! What stands in a request before and after a context is written.

use tracer_core::carrier::Names;
use tracer_core::{Extracted, Inject, OpenSpan, Sampling, SpanRef};
use tracer_recording::Propagation;

use crate::support::{Headers, context, lines, list, named, write};

const EVERY: [&str; 13] = [
    "B3",
    "X-B3-TraceId",
    "X-B3-SpanId",
    "X-B3-ParentSpanId",
    "X-B3-Sampled",
    "X-B3-Flags",
    "Traceparent",
    "Tracestate",
    "Uber-Trace-Id",
    "Uberctx-A",
    "uberctx-b",
    "Jaeger-Baggage",
    "Baggage",
];

fn stale() -> Headers {
    let names = EVERY.iter().chain(&["accept"]);
    names
        .map(|name| ((*name).to_owned(), "old".to_owned()))
        .collect()
}

#[test]
fn no_stale_header_is_forwarded() {
    let span = SpanRef::from_context(context(Sampling::Record));
    let every = ["", "b3", "b3multi", "tracecontext", "baggage", "jaeger"];
    for names in every {
        let propagation = named(names);
        let mut headers = stale();
        propagation.inject(&span, &mut headers);
        assert_eq!(headers.remove("accept").as_deref(), Some("old"));
        assert_eq!(lines(&headers), write(&propagation, &span), "{names}");
        let (mut message, mut fresh) = (stale(), Headers::new());
        propagation.inject_message(&span, &mut message);
        message.remove("accept");
        propagation.inject_message(&span, &mut fresh);
        assert_eq!(message, fresh, "{names}");
    }
}

#[test]
fn one_stale_header_alone_is_found() {
    let span = SpanRef::from_context(context(Sampling::Record));
    for names in ["", "b3", "b3multi", "tracecontext", "baggage", "jaeger"] {
        let propagation = named(names);
        for name in EVERY {
            let mut headers = Headers::from([(name.to_owned(), "old".to_owned())]);
            propagation.inject(&span, &mut Http(&mut headers));
            assert_eq!(
                lines(&headers),
                write(&propagation, &span),
                "{names}, {name}"
            );
        }
    }
}

/// Knows at a glance what it holds, as maps of headers do.
struct Http<'h>(&'h mut Headers);

impl Inject for Http<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.0.set(name, value);
    }

    fn remove(&mut self, name: &str) {
        Inject::remove(self.0, name);
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.0.remove_prefix(prefix);
    }

    fn may_hold(&self, names: &Names) -> bool {
        self.0.keys().any(|name| names.may_want(name))
    }
}

#[test]
fn no_span_and_no_format_change_nothing() {
    let span = SpanRef::from_context(context(Sampling::Record));
    for (propagation, span) in [
        (Propagation::default(), SpanRef::none()),
        (named("none"), span),
    ] {
        let mut headers = stale();
        propagation.inject(&span, &mut headers);
        propagation.inject_message(&span, &mut headers);
        assert_eq!(headers, stale());
    }
}

#[test]
fn clearing_leaves_nothing_of_any_format() {
    for names in ["", "b3", "none"] {
        let builder = Propagation::builder().names(names).unwrap();
        let mut headers = stale();
        headers.insert("X-Tenant".into(), "7".into());
        headers.insert("Jaeger-Debug-Id".into(), "7".into());
        let all = builder.fields(["x-tenant"]).jaeger_debug_id(true).build();
        all.clear(&mut headers);
        assert_eq!(lines(&headers), "accept: old", "{names}");
    }
}

#[test]
fn an_unsampled_call_sends_its_own_id_its_parent_and_no() {
    let served = OpenSpan::from_context(context(Sampling::Drop));
    let call = served
        .start_child(tracer_core::SpanStart::new("call".into()).kind(tracer_core::Kind::Client));
    let id = call.span_id().unwrap();
    assert_ne!(Some(id), served.span_id());
    assert_eq!(
        write(&named("b3,jaeger"), &call),
        format!("b3: {{T}}-{id}-0-{{S}}\nuber-trace-id: {{T}}:{id}:{{S}}:0")
    );
}

fn passed(propagation: &Propagation, sent: &str) -> String {
    let extracted: Extracted = propagation.extract(&list(sent));
    write(propagation, &OpenSpan::pass_through(&extracted))
}

#[test]
fn propagate_only_hands_on_what_came() {
    let all = named("b3,b3multi,tracecontext,jaeger");
    let context = "b3: {T}-{S}-1-{P}\n\
                   traceparent: 00-{T}-{S}-01\n\
                   uber-trace-id: {T}:{S}:{P}:1\n\
                   x-b3-parentspanid: {P}\n\
                   x-b3-sampled: 1\n\
                   x-b3-spanid: {S}\n\
                   x-b3-traceid: {T}";
    assert_eq!(passed(&all, context), context);
    let deferred = "b3: {T}-{S}\n\
                    traceparent: 00-{T}-{S}-00\n\
                    uber-trace-id: {T}:{S}:0:0\n\
                    x-b3-spanid: {S}\n\
                    x-b3-traceid: {T}";
    assert_eq!(passed(&all, "b3: {T}-{S}"), deferred);
    for (decision, multi) in [
        ("0", "x-b3-sampled: 0"),
        ("1", "x-b3-sampled: 1"),
        ("d", "x-b3-flags: 1"),
    ] {
        let sent = format!("b3: {decision}\nbaggage: a=1");
        let expected = format!("{sent}\nuberctx-a: 1\n{multi}");
        assert_eq!(passed(&all, &sent), expected);
        assert_eq!(passed(&all, &format!("{multi}\nbaggage: a=1")), expected);
    }
    assert_eq!(passed(&all, "host: x"), "");
    assert_eq!(passed(&all, "baggage: a=1"), "baggage: a=1\nuberctx-a: 1");
}
