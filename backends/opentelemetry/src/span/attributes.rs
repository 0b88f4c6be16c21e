//! Tags and the other side as attributes under the stable names.

use opentelemetry::{Array, KeyValue, Value};
use tracer_core::conventions::{self as tags, Action, Known};
use tracer_recording::FinishedSpan;

use super::list::List;
use super::peer::{self, Peer};

/// What becomes of a span's tags.
pub(super) struct Named {
    pub(super) attributes: Vec<KeyValue>,
    /// Which library made the span.
    pub(super) scope: Option<String>,
}

/// The attributes of a span; each key once.
pub(super) fn named(span: &FinishedSpan<'_>) -> Named {
    let mut list = List::default();
    let mut scope = None;
    let (mut service, mut method) = (None, None);
    let mut peer = Peer::of(span.remote);
    for tag in span.tags().iter() {
        let Some(row) = tag.key.known().map(Known::mapping) else {
            let key = tag.key.as_str();
            let value = value(tag.value);
            let value = if is_header(key) { alone(value) } else { value };
            list.put(key.to_owned(), value);
            continue;
        };
        match row.action {
            Action::Keep => list.put(row.key, value(tag.value)),
            Action::Rename(key) | Action::Only(key) => list.put(key, value(tag.value)),
            Action::Omit => {}
            Action::Scope => scope = Some(tag.value.to_string()),
            Action::SplitTarget => list.put_target(&tag.value.to_string()),
            Action::RpcService => service = Some(tag.value.to_string()),
            Action::RpcMethod => method = Some(tag.value.to_string()),
            Action::Peer => peer.add(&tag),
        }
    }
    if let Some(method) = method {
        list.put("rpc.method", full_method(service, method));
    }
    if let Some(error) = span.error {
        list.put("error.type", error.kind.to_owned());
    }
    peer.write(span.kind, &mut list);
    peer::local(span, &mut list);
    Named {
        attributes: list.into(),
        scope,
    }
}

/// A value with its type.
pub(super) fn value(value: tracer_core::Value<'_>) -> Value {
    use tracer_core::Value::{Bool, F64, I64};
    match value {
        Bool(value) => value.into(),
        I64(value) => value.into(),
        F64(value) => value.into(),
        other => other.to_string().into(),
    }
}

/// A recorded header, which the conventions want as a list (semantic conventions for HTTP spans,
/// `http.request.header.<key>`): of one text, where its values stand in one.
fn is_header(key: &str) -> bool {
    let prefixes = [tags::HTTP_REQUEST_HEADER, tags::HTTP_RESPONSE_HEADER];
    prefixes.iter().any(|prefix| key.starts_with(prefix))
}

fn alone(value: Value) -> Value {
    match value {
        Value::String(text) => Value::Array(Array::String(vec![text])),
        other => other,
    }
}

/// A method that nobody implements says nothing about its service.
fn full_method(service: Option<String>, method: String) -> String {
    match service {
        Some(service) if method != tags::OTHER => format!("{service}/{method}"),
        _ => method,
    }
}
