//! Any span as Zipkin JSON, read back by another library.
#![no_main]

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tracer_core::conventions::{Convention, Conventions};
use tracer_core::{Kind, Sampling, SpanContext, SpanId, Tag, TraceId};
use tracer_recording::OwnedEndpoint;
use tracer_recording::testing::SpanBuilder;
use tracer_zipkin::JsonEncoder;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    ids: (u64, u64, u64, Option<u64>),
    debug: bool,
    shared: bool,
    kind: u8,
    name: &'a str,
    times: (u64, u64),
    local: (&'a str, Option<IpAddr>, Option<u16>),
    remote: (
        Option<&'a str>,
        Option<&'a str>,
        Option<IpAddr>,
        Option<u16>,
    ),
    error: Option<(&'a str, Option<&'a str>)>,
    tags: Vec<(&'a str, Scalar<'a>)>,
    logs: Vec<(u64, Vec<(&'a str, Scalar<'a>)>)>,
}

#[derive(Arbitrary, Debug)]
enum Scalar<'a> {
    Text(&'a str),
    Bool(bool),
    Int(i64),
    Float(f64),
}

impl<'a> Scalar<'a> {
    fn value(&self) -> tracer_core::Value<'a> {
        match self {
            Self::Text(text) => (*text).into(),
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
        }
    }
}

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
    for (key, value) in view.tags().iter().map(|tag| (tag.key, tag.value)) {
        if is_plain(&key) {
            assert_eq!(tags.0.get(key), Some(&value.to_string()), "{key:?}");
        }
    }
});

impl Input<'_> {
    fn span(&self) -> Option<SpanBuilder> {
        const KINDS: [Kind; 5] = [
            Kind::Local,
            Kind::Server,
            Kind::Client,
            Kind::Producer,
            Kind::Consumer,
        ];
        let (high, low, span, parent) = self.ids;
        let sampling = if self.debug {
            Sampling::Debug
        } else {
            Sampling::Record
        };
        let trace = TraceId::from_halves(high, low)?;
        let context = SpanContext::new(trace, SpanId::new(span)?, sampling)
            .with_parent(parent.and_then(SpanId::new));
        let (service, ip, port) = self.local;
        let (name, host, remote_ip, remote_port) = self.remote;
        let mut span = SpanBuilder::new(self.name)
            .context(context)
            .shared(self.shared)
            .kind(*KINDS.get(usize::from(self.kind) % KINDS.len())?)
            .times(self.times.0, self.times.1)
            .local(service, ip, port)
            .remote(OwnedEndpoint {
                service: name.map(str::to_owned),
                host: host.map(str::to_owned),
                ip: remote_ip,
                port: remote_port,
            });
        if let Some((kind, message)) = self.error {
            span = span.error(kind, message);
        }
        for (key, value) in &self.tags {
            span = span.tag(key, value.value());
        }
        for (time, fields) in &self.logs {
            let fields = fields
                .iter()
                .map(|(key, value)| Tag::new(key, value.value()));
            span = span.log(*time, &fields.collect::<Vec<_>>());
        }
        Some(span)
    }
}

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
