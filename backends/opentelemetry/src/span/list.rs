//! The attributes of one span.

use opentelemetry::{Key, KeyValue, Value};

/// Attributes; each key once.
#[derive(Default)]
pub(super) struct List(Vec<KeyValue>);

impl List {
    /// Sets an attribute; what came later counts.
    pub(super) fn put(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
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

    /// Sets the attributes of a request's target: path and query.
    pub(super) fn put_target(&mut self, target: &str) {
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

impl From<List> for Vec<KeyValue> {
    fn from(list: List) -> Self {
        list.0
    }
}
