//! What goes into a span so that the exporter does not lose it.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use opentelemetry::trace::Status;
use opentelemetry::{Array, KeyValue};
use opentelemetry_sdk::trace::SpanData;
use serde_json::{Map, Value, json};
use tracer_core::conventions as names;
use tracer_core::{Endpoint, Kind, Sampling};
use tracer_recording::{Fields, FinishedSpan};

/// The attribute that carries, as JSON, what the exporter has no field for. The control character
/// keeps it apart from everything that a user would write.
pub(super) const FIELDS: &str = "\u{1}fields";

/// Prepares a span for the exporter.
pub(crate) fn span(span: &FinishedSpan<'_>, data: &mut SpanData) {
    if let Some(error) = span.error
        && error.message.is_none_or(str::is_empty)
    {
        data.status = Status::error(error.kind.to_owned());
    }
    // The exporter would print a list as one; Zipkin knows texts.
    for attribute in &mut data.attributes {
        if let opentelemetry::Value::Array(Array::String(list)) = &mut attribute.value
            && let Some(text) = list.pop()
        {
            attribute.value = text.into();
        }
    }
    // The exporter keeps an event's name alone.
    for (event, log) in data.events.events.iter_mut().zip(span.logs()) {
        event.name = annotation(log.fields).into();
    }
    links(span, data);
    if span.left_out > 0 {
        let left_out = i64::from(span.left_out);
        data.attributes
            .push(KeyValue::new(names::DROPPED, left_out));
    }
    let fields = Value::Object(fields(span)).to_string();
    data.attributes.push(KeyValue::new(FIELDS, fields));
}

fn links(span: &FinishedSpan<'_>, data: &mut SpanData) {
    let references = span.references();
    if references.is_empty() {
        return;
    }
    let traces = references
        .iter()
        .map(|one| one.context.trace_id().short_hex().to_string());
    let spans = references
        .iter()
        .map(|one| one.context.span_id().hex().to_string());
    for (key, list) in [
        (names::LINK_TRACE_ID, traces.collect::<Vec<_>>()),
        (names::LINK_SPAN_ID, spans.collect()),
    ] {
        data.attributes.push(KeyValue::new(key, list.join(",")));
    }
}

/// The event's name if there is nothing else to say, otherwise every field.
fn annotation(fields: Fields<'_>) -> String {
    let mut entries = fields.iter();
    if let (Some(event), None) = (entries.next(), entries.next())
        && event.key == "event"
    {
        return event.value.to_string();
    }
    let mut text = String::new();
    for field in fields.iter() {
        let space = if text.is_empty() { "" } else { " " };
        // Writing to memory does not fail.
        let _ = write!(text, "{space}{}={}", field.key, field.value);
    }
    text
}

/// Members of the span's object.
fn fields(span: &FinishedSpan<'_>) -> Map<String, Value> {
    let mut fields = Map::new();
    let local = endpoint(span.local.service, &span.local);
    fields.insert("localEndpoint".to_owned(), Value::Object(local));
    let remote = endpoint(peer_name(span), &span.remote);
    if !remote.is_empty() {
        fields.insert("remoteEndpoint".to_owned(), Value::Object(remote));
    }
    if span.context.sampling() == Sampling::Debug {
        fields.insert("debug".to_owned(), json!(true));
    }
    if span.shared && span.kind == Kind::Server {
        fields.insert("shared".to_owned(), json!(true));
    }
    fields
}

/// The name of the other side. A host stands in for the service that nobody named, so that there
/// is an edge to it; not for a caller, which names itself in its own spans.
fn peer_name<'a>(span: &FinishedSpan<'a>) -> Option<&'a str> {
    let filled = |text: &&str| !text.is_empty();
    let host = span.remote.host.filter(|_| span.kind != Kind::Server);
    let service = span.remote.service.filter(filled);
    service.or(host.filter(filled))
}

fn endpoint(name: Option<&str>, endpoint: &Endpoint<'_>) -> Map<String, Value> {
    let mut members = Map::new();
    if let Some(name) = name.filter(|name| !name.is_empty()) {
        members.insert("serviceName".to_owned(), json!(name.to_lowercase()));
    }
    match endpoint.ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) if ip != Ipv4Addr::UNSPECIFIED => {
            members.insert("ipv4".to_owned(), json!(ip.to_string()));
        }
        Some(IpAddr::V6(ip)) if ip != Ipv6Addr::UNSPECIFIED => {
            members.insert("ipv6".to_owned(), json!(ip.to_string()));
        }
        _ => {}
    }
    if let Some(port) = endpoint.port.filter(|port| *port != 0) {
        members.insert("port".to_owned(), json!(port));
    }
    members
}
