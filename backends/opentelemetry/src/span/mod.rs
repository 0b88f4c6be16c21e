//! A finished span in OpenTelemetry's model.

mod attributes;
mod list;
mod peer;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use tracer_core::{Kind, Reference, ReferenceKind};
use tracer_recording::{FinishedSpan, LogView};

use attributes::value;

/// The instrumentation scope of spans that no layer has made.
const SCOPE: &str = "tracer-core";
/// What a log without an `event` is called (OpenTelemetry's OpenTracing compatibility, "Log").
const LOG: &str = "log";

/// A finished span in OpenTelemetry's model, under the stable names.
///
/// Tags are renamed by the table of [`tracer_core::conventions`] and keep their types. The tag
/// `component` becomes the instrumentation scope. An error is a status whose description is the
/// error's message, empty if its class says it all, and the attribute `error.type`. Logs become events
/// (those of errors: `exception`), references links with `opentracing.ref_type`.
pub fn span_data(span: &FinishedSpan<'_>) -> SpanData {
    let named = attributes::named(span);
    let mut events = SpanEvents::default();
    events.events = span.logs().map(event).collect();
    let mut links = SpanLinks::default();
    links.links = span.references().iter().map(link).collect();
    let scope = named.scope.unwrap_or_else(|| SCOPE.to_owned());
    SpanData {
        span_context: context(span.context, span.sampled),
        parent_span_id: span.parent_id().map_or(SpanId::INVALID, span_id),
        parent_span_is_remote: span.remote_parent,
        span_kind: kind(span.kind),
        name: span.name.to_owned().into(),
        start_time: span.start_time(),
        end_time: span.end_time(),
        attributes: named.attributes,
        dropped_attributes_count: span.left_out,
        events,
        links,
        status: status(span),
        instrumentation_scope: InstrumentationScope::builder(scope).build(),
    }
}

fn context(context: &tracer_core::SpanContext, sampled: bool) -> SpanContext {
    /// W3C Trace Context, level 2, "Random Trace ID Flag".
    const RANDOM: TraceFlags = TraceFlags::new(0b10);
    let mut flags = TraceFlags::default().with_sampled(sampled);
    if context.is_random() {
        flags = flags | RANDOM;
    }
    let state = context.extra().and_then(|extra| {
        let state = extra.trace_state.as_deref()?;
        state.parse::<TraceState>().ok()
    });
    SpanContext::new(
        TraceId::from_bytes(context.trace_id().to_bytes()),
        span_id(context.span_id()),
        flags,
        false,
        state.unwrap_or_default(),
    )
}

fn span_id(id: tracer_core::SpanId) -> SpanId {
    SpanId::from_bytes(id.to_bytes())
}

fn kind(kind: Kind) -> SpanKind {
    match kind {
        Kind::Local => SpanKind::Internal,
        Kind::Server => SpanKind::Server,
        Kind::Client => SpanKind::Client,
        Kind::Producer => SpanKind::Producer,
        Kind::Consumer => SpanKind::Consumer,
    }
}

fn status(span: &FinishedSpan<'_>) -> Status {
    span.error.map_or(Status::Unset, |error| {
        Status::error(error.message.unwrap_or_default().to_owned())
    })
}

fn event(log: LogView<'_>) -> Event {
    let name = log.fields.get("event").map(|name| name.to_string());
    let failed = name.as_deref() == Some("error");
    let attributes = log
        .fields
        .iter()
        .filter(|field| field.key != "event")
        .map(|field| match field.key.as_str() {
            "error.kind" if failed => KeyValue::new("exception.type", value(field.value)),
            "message" if failed => KeyValue::new("exception.message", value(field.value)),
            "stack" if failed => KeyValue::new("exception.stacktrace", value(field.value)),
            key => KeyValue::new(key.to_owned(), value(field.value)),
        })
        .collect();
    let name = if failed {
        Some("exception".to_owned())
    } else {
        name
    };
    Event::new(
        name.unwrap_or_else(|| LOG.to_owned()),
        time(log.time),
        attributes,
        0,
    )
}

fn link(reference: &Reference) -> Link {
    let kind = match reference.kind {
        ReferenceKind::ChildOf => "child_of",
        ReferenceKind::FollowsFrom => "follows_from",
    };
    let sampled = reference.context.sampling().is_sampled();
    Link::new(
        context(&reference.context, sampled),
        vec![KeyValue::new("opentracing.ref_type", kind)],
        0,
    )
}

fn time(nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(nanos)
}

/// About what a span takes in protobuf.
pub(crate) fn estimate(span: &SpanData) -> usize {
    /// Ids, times, kind, status, and the heads of the fields.
    const SPAN: usize = 80;
    /// Type and lengths.
    const ATTRIBUTE: usize = 8;
    const EVENT: usize = 16;
    const LINK: usize = 32;
    let attributes = |list: &[KeyValue]| -> usize {
        list.iter()
            .map(|item| ATTRIBUTE + item.key.as_str().len() + item.value.as_str().len())
            .sum()
    };
    let events: usize = span
        .events
        .iter()
        .map(|event| EVENT + event.name.len() + attributes(&event.attributes))
        .sum();
    let links: usize = span
        .links
        .iter()
        .map(|link| LINK + attributes(&link.attributes))
        .sum();
    SPAN + span.name.len() + attributes(&span.attributes) + events + links
}
