//! One span with everything, and what it must look like on the wire.

use std::sync::Arc;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use tracer_core::{Extra, Kind, ReferenceKind, Sampling, SpanContext, SpanId, Tag, TraceId};
use tracer_recording::testing::SpanBuilder;

const START: u64 = 1_700_000_000_000_001_999;

fn context(span: u64) -> SpanContext {
    let trace = TraceId::new(0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124).unwrap();
    SpanContext::new(trace, SpanId::new(span).unwrap(), Sampling::Record)
}

/// A failed server span of service `shop`.
pub(crate) fn span() -> SpanBuilder {
    let extra = Arc::new(Extra {
        trace_state: Some("a=1".into()),
        ..Extra::default()
    });
    let parent = SpanId::new(0xb2);
    SpanBuilder::new("GET /users/{id}")
        .context(context(0xa1).with_parent(parent).with_extra(Some(extra)))
        .remote_parent(true)
        .kind(Kind::Server)
        .times(START, 1_500_999)
        .local("shop", None, None)
        .tag("component", "axum")
        .tag("http.status_code", 503)
        .error("Elapsed", Some("too late"))
        .log(
            START + 5,
            &[Tag::new("event", "retry"), Tag::new("again", true)],
        )
        .reference(ReferenceKind::FollowsFrom, context(0xc3))
        .left_out(3)
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn text(value: &str) -> Value {
    Value::StringValue(value.to_owned())
}

/// Checks a request that holds the span of [`span`].
pub(crate) fn check(request: &ExportTraceServiceRequest) {
    let [resource] = request.resource_spans.as_slice() else {
        panic!("{request:?}");
    };
    let known = &resource.resource.as_ref().unwrap().attributes;
    assert!(known.contains(&attribute("service.name", text("shop"))));
    assert!(known.contains(&attribute("host.name", text("here"))));
    let [scope] = resource.scope_spans.as_slice() else {
        panic!("{request:?}");
    };
    assert_eq!(scope.scope.as_ref().unwrap().name, "axum");
    let [span] = scope.spans.as_slice() else {
        panic!("{request:?}");
    };
    let trace = 0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124_u128;
    assert_eq!(span.trace_id, trace.to_be_bytes());
    assert_eq!(span.span_id, 0xa1_u64.to_be_bytes());
    assert_eq!(span.parent_span_id, 0xb2_u64.to_be_bytes());
    assert_eq!(span.trace_state, "a=1");
    // Sampled; whether the parent is remote is known, and it is.
    assert_eq!(span.flags, 0x301);
    assert_eq!(span.name, "GET /users/{id}");
    assert_eq!(span.kind(), SpanKind::Server);
    assert_eq!(span.start_time_unix_nano, START);
    assert_eq!(span.end_time_unix_nano, START + 1_500_999);
    let attributes = [
        attribute("http.response.status_code", Value::IntValue(503)),
        attribute("error.type", text("Elapsed")),
    ];
    assert_eq!(span.attributes, attributes);
    assert_eq!(span.dropped_attributes_count, 3);
    assert_eq!(span.events.len(), 1);
    assert_eq!(span.events[0].name, "retry");
    assert_eq!(span.events[0].time_unix_nano, START + 5);
    let again = [attribute("again", Value::BoolValue(true))];
    assert_eq!(span.events[0].attributes, again);
    assert_eq!(span.links.len(), 1);
    assert_eq!(span.links[0].trace_id, trace.to_be_bytes());
    assert_eq!(span.links[0].span_id, 0xc3_u64.to_be_bytes());
    let kind = [attribute("opentracing.ref_type", text("follows_from"))];
    assert_eq!(span.links[0].attributes, kind);
    let status = span.status.as_ref().unwrap();
    assert_eq!(status.code(), StatusCode::Error);
    assert_eq!(status.message, "too late");
}
