//! Tags and the other side as attributes under the stable names.

use opentelemetry::{Array, Key, KeyValue, Value};
use tracer_core::conventions::{self as tags, Action, Known};
use tracer_recording::FinishedSpan;

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
        attributes: list.0,
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

#[derive(Default)]
pub(super) struct List(Vec<KeyValue>);

impl List {
    /// Sets an attribute; what came later counts.
    fn put(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let new = KeyValue::new(key, value);
        match self.0.iter_mut().find(|old| old.key == new.key) {
            Some(old) => *old = new,
            None => self.0.push(new),
        }
    }

    /// Sets an attribute that no tag has set.
    pub(super) fn put_new(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value
            && !self.0.iter().any(|old| old.key.as_str() == key)
        {
            self.0.push(KeyValue::new(key, value));
        }
    }

    fn put_target(&mut self, target: &str) {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        self.put("url.path", path.to_owned());
        if let Some(query) = query {
            self.put("url.query", query.to_owned());
        }
    }
}
