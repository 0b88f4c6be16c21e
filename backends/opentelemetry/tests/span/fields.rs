//! Identity, times, status, links.

use std::sync::Arc;

use opentelemetry::trace::{SpanId, SpanKind, Status, TraceFlags, TraceId};
use opentelemetry::{KeyValue, Value};
use tracer_core::baggage::Baggage;
use tracer_core::{Extra, Kind, ReferenceKind, Sampling};

use crate::support::{START, TRACE, at, attributes, context, exported, span};

#[test]
fn a_local_root() {
    let data = exported(&span());
    assert_eq!(data.span_context.trace_id(), TraceId::from(TRACE));
    assert_eq!(data.span_context.span_id(), SpanId::from(0xa1));
    assert_eq!(data.span_context.trace_flags(), TraceFlags::SAMPLED);
    assert!(!data.span_context.is_remote());
    assert_eq!(data.span_context.trace_state().header(), "");
    assert_eq!(data.parent_span_id, SpanId::INVALID);
    assert!(!data.parent_span_is_remote);
    assert_eq!(data.span_kind, SpanKind::Internal);
    assert_eq!(data.name, "job");
    assert_eq!(data.start_time, at(START));
    assert_eq!(data.end_time, at(START + 1_500_999));
    assert_eq!(data.attributes, []);
    assert_eq!(data.dropped_attributes_count, 0);
    assert!(data.events.is_empty() && data.links.is_empty());
    assert_eq!(data.status, Status::Unset);
    assert_eq!(data.instrumentation_scope.name(), "tracer-core");
}

#[test]
fn a_parent_here_and_a_parent_elsewhere() {
    let parent = tracer_core::SpanId::new(0xb2);
    let child = || span().context(context(0xa1).with_parent(parent));
    let data = exported(&child());
    assert_eq!(data.parent_span_id, SpanId::from(0xb2));
    assert!(!data.parent_span_is_remote);
    assert!(exported(&child().remote_parent(true)).parent_span_is_remote);
}

#[test]
fn every_kind() {
    for (ours, theirs) in [
        (Kind::Local, SpanKind::Internal),
        (Kind::Server, SpanKind::Server),
        (Kind::Client, SpanKind::Client),
        (Kind::Producer, SpanKind::Producer),
        (Kind::Consumer, SpanKind::Consumer),
    ] {
        assert_eq!(exported(&span().kind(ours)).span_kind, theirs);
    }
}

#[test]
fn flags_say_sampled_and_random() {
    let random = exported(&span().context(context(0xa1).with_random(true)));
    assert_eq!(random.span_context.trace_flags().to_u8(), 0b11);
    let debug = exported(&span().context(context(0xa1).with_sampling(Sampling::Debug)));
    assert_eq!(debug.span_context.trace_flags().to_u8(), 0b01);
    let local = exported(&span().context(context(0xa1).with_sampling(Sampling::Drop)));
    assert_eq!(local.span_context.trace_flags().to_u8(), 0b00);
}

#[test]
fn trace_state_goes_along_and_baggage_does_not() {
    let mut baggage = Baggage::default();
    baggage.set("tenant", "blue").unwrap();
    let extra = |state: &str| {
        Some(Arc::new(Extra {
            trace_state: Some(state.into()),
            baggage: baggage.clone(),
            fields: vec![("x-request-id".into(), "7".into())],
        }))
    };
    let span = |state| span().context(context(0xa1).with_extra(extra(state)));
    let data = exported(&span("a=1,b=2"));
    assert_eq!(data.span_context.trace_state().header(), "a=1,b=2");
    assert_eq!(data.attributes, []);
    let malformed = exported(&span("no list"));
    assert_eq!(malformed.span_context.trace_state().header(), "");
}

#[test]
fn an_error_is_a_status_and_a_class() {
    let failed = span().error("Elapsed", Some("too late"));
    assert_eq!(exported(&failed).status, Status::error("too late"));
    let class = vec![("error.type".to_owned(), Value::from("Elapsed"))];
    assert_eq!(attributes(&failed), class);
}

#[test]
fn a_status_code_says_it_all() {
    let failed = span().tag("http.status_code", 503).error("503", None);
    assert_eq!(exported(&failed).status, Status::error(""));
    let all = [
        KeyValue::new("http.response.status_code", 503),
        KeyValue::new("error.type", "503"),
    ];
    assert_eq!(exported(&failed).attributes, all);
}

#[test]
fn success_is_never_said() {
    let done = span().tag("http.status_code", 200).tag("error", false);
    assert_eq!(exported(&done).status, Status::Unset);
}

#[test]
fn references_are_links() {
    let other = context(0xc3)
        .with_random(true)
        .with_extra(Some(Arc::new(Extra {
            trace_state: Some("a=1".into()),
            ..Extra::default()
        })));
    let dropped = context(0xd4).with_sampling(Sampling::Drop);
    let data = exported(
        &span()
            .reference(ReferenceKind::FollowsFrom, other)
            .reference(ReferenceKind::ChildOf, dropped),
    );
    let links = data.links.links;
    assert_eq!(links.len(), 2);
    assert_eq!(links[0].span_context.trace_id(), TraceId::from(TRACE));
    assert_eq!(links[0].span_context.span_id(), SpanId::from(0xc3));
    assert_eq!(links[0].span_context.trace_flags().to_u8(), 0b11);
    assert_eq!(links[0].span_context.trace_state().header(), "a=1");
    let kind = |kind| [KeyValue::new("opentracing.ref_type", kind)];
    assert_eq!(links[0].attributes, kind("follows_from"));
    assert_eq!(links[1].span_context.span_id(), SpanId::from(0xd4));
    assert_eq!(links[1].span_context.trace_flags().to_u8(), 0);
    assert_eq!(links[1].attributes, kind("child_of"));
}

#[test]
fn what_a_limit_left_out_is_counted() {
    assert_eq!(exported(&span().left_out(7)).dropped_attributes_count, 7);
}
