//! Spans with fixed ids, and how they are encoded.

use serde_json::Value;
use tracer_core::conventions::Conventions;
use tracer_core::{Sampling, SpanContext, SpanId, TraceId};
use tracer_recording::testing::SpanBuilder;
use tracer_zipkin::JsonEncoder;

pub(crate) const TRACE: u128 = 0x463a_c35c_9f64_13ad_4848_5a39_53bb_6124;

/// What stands before the name of [`span`].
pub(crate) const IDS: &str =
    r#"{"traceId":"463ac35c9f6413ad48485a3953bb6124","id":"00000000000000a1""#;

/// A context of the fixed trace.
pub(crate) fn context(trace: u128, span: u64, sampling: Sampling) -> SpanContext {
    SpanContext::new(
        TraceId::new(trace).unwrap(),
        SpanId::new(span).unwrap(),
        sampling,
    )
}

/// A local root of service `shop`: 1.7 Gs after the epoch, 1,500 µs long.
pub(crate) fn span() -> SpanBuilder {
    SpanBuilder::new("job")
        .context(context(TRACE, 0xa1, Sampling::Record))
        .times(1_700_000_000_000_001_999, 1_500_999)
        .local("shop", None, None)
}

/// The JSON, checked to be JSON without a key that stands twice.
pub(crate) fn json(span: &SpanBuilder) -> String {
    json_with(span, Conventions::default())
}

/// The same under other names.
pub(crate) fn json_with(span: &SpanBuilder, conventions: Conventions) -> String {
    let mut out = Vec::new();
    JsonEncoder::new()
        .conventions(conventions)
        .encode(&span.view(), &mut out);
    let text = String::from_utf8(out).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    // A value that starts with a colon, as `::1` does, follows one.
    let keys = text.matches("\":").count() - text.matches(":\":").count();
    assert_eq!(members(&value), keys, "{text}");
    text
}

/// How many members the objects of a value have. None of these tests' keys ends in a colon.
fn members(value: &Value) -> usize {
    match value {
        Value::Object(object) => object.len() + object.values().map(members).sum::<usize>(),
        Value::Array(list) => list.iter().map(members).sum(),
        _ => 0,
    }
}

/// The tags, in the order in which they are written.
pub(crate) fn tags(span: &SpanBuilder) -> String {
    tags_of(&json(span))
}

/// The same under other names.
pub(crate) fn tags_with(span: &SpanBuilder, conventions: Conventions) -> String {
    tags_of(&json_with(span, conventions))
}

fn tags_of(json: &str) -> String {
    let (_, rest) = json.split_once("\"tags\":").unwrap_or_default();
    rest.strip_suffix('}').unwrap_or_default().to_owned()
}
