//! Spans of any kind, and what the model makes of them by the contract.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tracer_core::{Kind, Sampling, SpanContext, SpanId, Tag, TraceId, Value};
use tracer_recording::OwnedEndpoint;
use tracer_recording::testing::SpanBuilder;

use crate::model::{Model, Side};

#[derive(Clone, Debug)]
pub(crate) struct Input {
    trace: u128,
    span: u64,
    parent: Option<u64>,
    sampling: Sampling,
    kind: Kind,
    shared: bool,
    name: String,
    start: u64,
    duration: u64,
    local: Peer,
    remote: Peer,
    error: Option<(String, Option<String>)>,
    left_out: u32,
    tags: Vec<(String, Scalar)>,
    logs: Vec<(u64, Vec<(String, Scalar)>)>,
}

type Peer = (String, Option<IpAddr>, Option<u16>);

#[derive(Clone, Debug)]
enum Scalar {
    Text(String),
    Bool(bool),
    I64(i64),
    F64(f64),
}

impl Scalar {
    fn value(&self) -> Value<'_> {
        match self {
            Self::Text(value) => value.into(),
            Self::Bool(value) => Value::Bool(*value),
            Self::I64(value) => Value::I64(*value),
            Self::F64(value) => Value::F64(*value),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Text(value) => value.clone(),
            Self::Bool(value) => value.to_string(),
            Self::I64(value) => value.to_string(),
            Self::F64(value) => value.to_string(),
        }
    }
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        any::<String>().prop_map(Scalar::Text),
        "[\\x00-\\x20\"\\\\a-z]{0,300}".prop_map(Scalar::Text),
        any::<bool>().prop_map(Scalar::Bool),
        any::<i64>().prop_map(Scalar::I64),
        any::<f64>().prop_map(Scalar::F64),
    ]
}

/// Short, so that some stand twice; none has a meaning of its own.
fn key() -> impl Strategy<Value = String> {
    prop_oneof!["my[.]?[a-c]{0,2}", "[é\"\\\\\\n\u{1f600}]{0,2}"]
}

fn fields() -> impl Strategy<Value = Vec<(String, Scalar)>> {
    vec((key(), scalar()), 0..6)
}

fn peer() -> impl Strategy<Value = Peer> {
    let ip = prop_oneof![
        any::<Ipv4Addr>().prop_map(IpAddr::V4),
        any::<Ipv6Addr>().prop_map(IpAddr::V6),
        any::<Ipv4Addr>().prop_map(|ip| IpAddr::V6(ip.to_ipv6_mapped())),
        Just(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
    ];
    (any::<String>(), option::of(ip), option::of(any::<u16>()))
}

pub(crate) fn inputs() -> impl Strategy<Value = Input> {
    let trace = prop_oneof![1..=u128::MAX, 1..=u128::from(u64::MAX)];
    let sampling = prop_oneof![Just(Sampling::Record), Just(Sampling::Debug)];
    let kind = proptest::sample::select(vec![
        Kind::Local,
        Kind::Server,
        Kind::Client,
        Kind::Producer,
        Kind::Consumer,
    ]);
    let times = (0..u64::MAX / 2, prop_oneof![0..3_000_u64, 0..u64::MAX / 2]);
    let ids = (trace, 1..=u64::MAX, option::of(1..=u64::MAX));
    let error = option::of((
        any::<String>(),
        option::of(prop_oneof![any::<String>(), Just(String::new())]),
    ));
    let contents = (error, any::<bool>(), 0..3_u32, fields());
    let logs = vec((0..u64::MAX / 2, fields()), 0..4);
    (
        ids,
        sampling,
        kind,
        any::<String>(),
        times,
        (peer(), peer()),
        contents,
        logs,
    )
        .prop_map(
            |(ids, sampling, kind, name, times, peers, contents, logs)| Input {
                trace: ids.0,
                span: ids.1,
                parent: ids.2.filter(|parent| *parent != ids.1),
                sampling,
                kind,
                name,
                start: times.0,
                duration: times.1,
                local: peers.0,
                remote: peers.1,
                error: contents.0,
                shared: contents.1,
                left_out: contents.2,
                tags: contents.3,
                logs,
            },
        )
}

impl Input {
    pub(crate) fn span(&self) -> SpanBuilder {
        let trace = TraceId::new(self.trace).unwrap();
        let context = SpanContext::new(trace, SpanId::new(self.span).unwrap(), self.sampling)
            .with_parent(self.parent.and_then(SpanId::new));
        let (service, ip, port) = &self.local;
        let mut span = SpanBuilder::new(&self.name)
            .context(context)
            .kind(self.kind)
            .shared(self.shared)
            .times(self.start, self.duration)
            .left_out(self.left_out)
            .local(service, *ip, *port)
            .remote(OwnedEndpoint {
                service: Some(self.remote.0.clone()),
                host: None,
                ip: self.remote.1,
                port: self.remote.2,
            });
        if let Some((kind, message)) = &self.error {
            span = span.error(kind, message.as_deref());
        }
        for (key, value) in &self.tags {
            span = span.tag(key, value.value());
        }
        for (time, fields) in &self.logs {
            let fields: Vec<Tag<'_>> = fields
                .iter()
                .map(|(key, value)| Tag::new(key, value.value()))
                .collect();
            span = span.log(*time, &fields);
        }
        span
    }

    pub(crate) fn model(&self) -> Model {
        let hex = |id: u64| format!("{id:016x}");
        let remote = side(&self.remote);
        Model {
            trace_id: match u64::try_from(self.trace) {
                Ok(short) => hex(short),
                Err(_) => format!("{:032x}", self.trace),
            },
            parent_id: self.parent.map(hex),
            id: hex(self.span),
            kind: match self.kind {
                Kind::Local => None,
                kind => Some(format!("{kind:?}").to_uppercase()),
            },
            name: filled(&self.name),
            timestamp: Some(self.start / 1_000).filter(|micros| *micros > 0),
            duration: Some((self.duration / 1_000).max(1)),
            local: Some(side(&self.local)),
            remote: Some(remote).filter(|side| *side != Side::default()),
            annotations: self.annotations(),
            tags: self.all_tags(),
            debug: self.sampling == Sampling::Debug,
            shared: self.shared && self.kind == Kind::Server,
        }
    }

    fn annotations(&self) -> Vec<(u64, String)> {
        let logs = self.logs.iter().filter(|(_, fields)| !fields.is_empty());
        let line = |fields: &[(String, Scalar)]| {
            let fields = last_of_each(fields);
            let pairs: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            pairs.join(" ")
        };
        logs.map(|(time, fields)| (time / 1_000, line(fields)))
            .collect()
    }

    fn all_tags(&self) -> BTreeMap<String, String> {
        let mut tags: BTreeMap<String, String> = last_of_each(&self.tags).into_iter().collect();
        if let Some((kind, message)) = &self.error {
            match message.as_deref().and_then(filled) {
                Some(message) => {
                    tags.insert("error".to_owned(), message);
                    tags.insert("error.kind".to_owned(), kind.clone());
                }
                None => {
                    tags.insert("error".to_owned(), kind.clone());
                }
            }
        }
        if self.left_out > 0 {
            tags.insert("dropped".to_owned(), self.left_out.to_string());
        }
        tags
    }
}

/// Each key once, with its last value, where that stands.
fn last_of_each(fields: &[(String, Scalar)]) -> Vec<(String, String)> {
    let again = |at: usize, key: &String| fields[at + 1..].iter().any(|(later, _)| later == key);
    let all = fields.iter().enumerate();
    all.filter(|(at, (key, _))| !again(*at, key))
        .map(|(_, (key, value))| (key.clone(), value.text()))
        .collect()
}

fn side((name, ip, port): &Peer) -> Side {
    Side {
        name: filled(&name.to_lowercase()),
        ip: ip
            .map(|ip| ip.to_canonical())
            .filter(|ip| !ip.is_unspecified()),
        port: port.filter(|port| *port != 0),
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}
