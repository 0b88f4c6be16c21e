//! Finished spans, made up.

use std::net::IpAddr;

use arbitrary::Arbitrary;
use tracer_core::{Kind, Sampling, SpanContext, SpanId, Tag, TraceId};
use tracer_recording::OwnedEndpoint;
use tracer_recording::testing::SpanBuilder;

/// A finished span, made up by a fuzzer.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    ids: (u64, u64, u64, Option<u64>),
    debug: bool,
    shared: bool,
    kind: u8,
    /// Its name.
    pub name: &'a str,
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

impl Input<'_> {
    /// The span; `None` if an id is zero.
    pub fn span(&self) -> Option<SpanBuilder> {
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
