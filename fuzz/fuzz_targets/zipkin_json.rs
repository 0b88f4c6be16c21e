//! Any span as Zipkin JSON, read back by another library.
#![no_main]

use std::collections::BTreeMap;
use std::fmt;

use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tracer_core::conventions::{Convention, Conventions};
use tracer_fuzz::span::Input;
use tracer_zipkin::JsonEncoder;

fuzz_target!(|input: Input<'_>| {
    let Some(span) = input.span() else { return };
    let conventions = Conventions::all(Convention::default());
    let mut json = Vec::new();
    JsonEncoder::new()
        .conventions(conventions)
        .encode(&span.view(), &mut json);
    let members: Once<Box<RawValue>> = serde_json::from_slice(&json).expect("valid JSON");
    let member = |key: &str| members.0.get(key).map(|raw| raw.get());
    let text =
        |key: &str| member(key).map(|raw| serde_json::from_str::<String>(raw).expect("text"));
    let view = span.view();
    assert_eq!(text("id"), Some(view.span_id().to_string()));
    assert_eq!(
        text("traceId"),
        Some(view.trace_id().short_hex().to_string())
    );
    assert_eq!(text("parentId"), view.parent_id().map(|id| id.to_string()));
    assert_eq!(text("name").unwrap_or_default(), input.name);

    let tags: Once<String> = serde_json::from_str(member("tags").unwrap_or("{}")).expect("texts");
    let is_plain = |key: &&str| !tracer_core::conventions::is_known(key) && key.len() <= 256;
    for (key, value) in view.tags().iter().map(|tag| (tag.key.as_str(), tag.value)) {
        if is_plain(&key) {
            assert_eq!(tags.0.get(key), Some(&value.to_string()), "{key:?}");
        }
    }
});

/// An object in which no key stands twice.
struct Once<V>(BTreeMap<String, V>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Once<V> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Members<V>(std::marker::PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Members<V> {
            type Value = Once<V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once<V>, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, V>()? {
                    let again = members.insert(key, value).is_some();
                    assert!(!again, "a key stands twice");
                }
                Ok(Once(members))
            }
        }
        json.deserialize_map(Members(std::marker::PhantomData))
    }
}
