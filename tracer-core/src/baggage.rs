//! Baggage: key-value pairs that travel with a trace to every later service.
//!
//! ```
//! use tracer_core::testing::MockTracer;
//! use tracer_core::{SpanRef, TracerExt};
//!
//! let tracer = MockTracer::new();
//! let request = tracer.span("request").start();
//! let blue = request.with_baggage("tenant", "blue").expect("a token");
//! let _scope = blue.enter();
//! // Somewhere below, or in a service that was called from here.
//! assert_eq!(SpanRef::current().baggage("tenant"), Some("blue"));
//! ```

use std::fmt;

/// One item of baggage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaggageItem {
    key: Box<str>,
    value: Box<str>,
    properties: Option<Box<str>>,
}

impl BaggageItem {
    /// The key: a token of RFC 9110.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The value, decoded.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The properties of the member as they were received (`;`-separated, without the first `;`).
    pub fn properties(&self) -> Option<&str> {
        self.properties.as_deref()
    }
}

/// The baggage of one context. Setting an item makes a new context; clones taken earlier keep what
/// they had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baggage {
    items: Vec<BaggageItem>,
}

impl Baggage {
    /// No items.
    pub const fn new() -> Self {
        Self { items: Vec::new() }
    }

    /// The value of the item with this key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.items
            .iter()
            .find(|item| &*item.key == key)
            .map(|item| &*item.value)
    }

    /// All items, in the order in which they were first set.
    pub fn iter(&self) -> std::slice::Iter<'_, BaggageItem> {
        self.items.iter()
    }

    /// The number of items.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// True without items.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Sets an item; an item with the same key is replaced in its place.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the key is no token (RFC 9110, section 5.6.2).
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), InvalidKey> {
        self.set_with_properties(key, value, None)
    }

    /// As [`set`](Self::set), with the member's properties (W3C Baggage, section 3.2), encoded as they are sent.
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the key is no token, or the properties have anything but printable ASCII in them, or
    /// a comma, behind which another member would begin.
    pub fn set_with_properties(
        &mut self,
        key: &str,
        value: &str,
        properties: Option<&str>,
    ) -> Result<(), InvalidKey> {
        let is_plain = |byte| matches!(byte, b' '..=b'~') && byte != b',';
        let is_sound = properties.is_none_or(|text| text.bytes().all(is_plain));
        if !is_token(key.as_bytes()) || !is_sound {
            return Err(InvalidKey(()));
        }
        let item = BaggageItem {
            key: key.into(),
            value: value.into(),
            properties: properties.map(Into::into),
        };
        match self.items.iter_mut().find(|old| *old.key == *key) {
            Some(old) => *old = item,
            None => self.items.push(item),
        }
        Ok(())
    }

    /// Removes an item.
    pub fn remove(&mut self, key: &str) {
        self.items.retain(|item| &*item.key != key);
    }

    /// Keeps only the items for which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(&BaggageItem) -> bool) {
        self.items.retain(|item| keep(item));
    }
}

impl<'a> IntoIterator for &'a Baggage {
    type Item = &'a BaggageItem;
    type IntoIter = std::slice::Iter<'a, BaggageItem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// True for a token of RFC 9110, section 5.6.2.
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty()
        && text
            .iter()
            .all(|c| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(c))
}

/// The key of a baggage item is no token of RFC 9110, or its properties cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidKey(());

impl fmt::Display for InvalidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a baggage key must be a token (letters, digits and !#$%&'*+-.^_`|~), \
             its properties printable ASCII without a comma",
        )
    }
}

impl std::error::Error for InvalidKey {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_tokens_and_the_last_value_stays() {
        let mut baggage = Baggage::new();
        baggage.set("user", "1").unwrap();
        baggage.set("tenant", "a b").unwrap();
        baggage.set("user", "2").unwrap();
        assert_eq!(baggage.get("user"), Some("2"));
        let keys: Vec<_> = baggage.iter().map(BaggageItem::key).collect();
        assert_eq!(keys, ["user", "tenant"]);
        for bad in ["", "a b", "a=b", "a,b", "ä"] {
            assert!(baggage.set(bad, "x").is_err(), "{bad}");
        }
        baggage.remove("user");
        assert_eq!(baggage.len(), 1);
    }
}
