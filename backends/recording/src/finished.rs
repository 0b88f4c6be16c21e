//! What a reporter is lent: a finished span, as a view, and as an owned copy.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tracer_core::{Endpoint, Kind, Reference, ReferenceKind, SpanContext, SpanId, TraceId, Value};

use crate::fields::{Fields, Logs};

/// Why a span failed, as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorView<'a> {
    /// The class of the error.
    pub kind: &'a str,
    /// What it said.
    pub message: Option<&'a str>,
}

/// A finished span, lent to a [`Reporter`](crate::Reporter).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FinishedSpan<'a> {
    /// The identity. Its parent is the parent of the span as it is to be reported (in join mode,
    /// the caller's parent).
    pub context: &'a SpanContext,
    /// True on a SERVER span that has the caller's span id, where the caller reports its half.
    pub shared: bool,
    /// True if the parent is in another process.
    pub remote_parent: bool,
    /// True if the trace is sampled, or a local stage chose it afterwards (the decision in the
    /// context stays as it travelled). False for spans that only a local stage asked for; ordinary
    /// reporters never see those.
    pub sampled: bool,
    /// The role.
    pub kind: Kind,
    /// The name.
    pub name: &'a str,
    /// Nanoseconds since the epoch.
    pub start: u64,
    /// Nanoseconds.
    pub duration: u64,
    /// Why it failed.
    pub error: Option<ErrorView<'a>>,
    /// The service that recorded it: name, address, port.
    pub local: Endpoint<'a>,
    /// The other side.
    pub remote: Endpoint<'a>,
    /// How many tags, logs and references were left out because of a limit.
    pub left_out: u32,
    pub(crate) tags: Fields<'a>,
    pub(crate) logs: Logs<'a>,
    pub(crate) references: &'a [Reference],
    /// Tells the requests of a trace within this process apart; zero where nobody knows.
    pub(crate) request: u64,
}

/// One event of a span.
#[derive(Clone, Copy, Debug)]
pub struct LogView<'a> {
    /// Nanoseconds since the epoch.
    pub time: u64,
    /// The fields.
    pub fields: Fields<'a>,
}

impl<'a> FinishedSpan<'a> {
    /// The tags under the names in which they were recorded, each key once with its last value.
    pub fn tags(&self) -> Fields<'a> {
        self.tags
    }

    /// The events, in the order in which they were added.
    pub fn logs(&self) -> impl Iterator<Item = LogView<'a>> + use<'a> {
        self.logs
            .iter()
            .map(|(time, fields)| LogView { time, fields })
    }

    /// Further references, beside the parent.
    pub fn references(&self) -> &'a [Reference] {
        self.references
    }

    /// The trace.
    pub fn trace_id(&self) -> TraceId {
        self.context.trace_id()
    }

    /// The span.
    pub fn span_id(&self) -> SpanId {
        self.context.span_id()
    }

    /// The parent.
    pub fn parent_id(&self) -> Option<SpanId> {
        self.context.parent_id()
    }

    /// When it started.
    pub fn start_time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_nanos(self.start)
    }

    /// When it ended.
    pub fn end_time(&self) -> SystemTime {
        self.start_time() + Duration::from_nanos(self.duration)
    }

    /// An owned copy.
    pub fn to_owned(&self) -> OwnedSpan {
        let value = |value: Value<'_>| match value {
            Value::Bool(value) => OwnedValue::Bool(value),
            Value::I64(value) => OwnedValue::I64(value),
            Value::F64(value) => OwnedValue::F64(value),
            other => OwnedValue::Text(other.to_string()),
        };
        let owned = |fields: Fields<'_>| -> Vec<(String, OwnedValue)> {
            fields
                .iter()
                .map(|tag| (tag.key.as_str().to_owned(), value(tag.value)))
                .collect()
        };
        OwnedSpan {
            context: self.context.clone(),
            shared: self.shared,
            remote_parent: self.remote_parent,
            sampled: self.sampled,
            kind: self.kind,
            name: self.name.to_owned(),
            start: self.start,
            duration: self.duration,
            error: self
                .error
                .map(|error| (error.kind.to_owned(), error.message.map(str::to_owned))),
            local: OwnedEndpoint::of(self.local),
            remote: OwnedEndpoint::of(self.remote),
            tags: owned(self.tags),
            logs: self
                .logs()
                .map(|log| (log.time, owned(log.fields)))
                .collect(),
            references: self
                .references
                .iter()
                .map(|reference| (reference.kind, reference.context.clone()))
                .collect(),
            left_out: self.left_out,
        }
    }
}

/// A value of a tag, owned.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OwnedValue {
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A number.
    F64(f64),
}

impl fmt::Display for OwnedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(value) => f.write_str(value),
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
        }
    }
}

/// One side of a call, owned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedEndpoint {
    /// The name of the service.
    pub service: Option<String>,
    /// The host name.
    pub host: Option<String>,
    /// The address.
    pub ip: Option<std::net::IpAddr>,
    /// The port.
    pub port: Option<u16>,
}

impl OwnedEndpoint {
    /// A copy.
    pub fn of(endpoint: Endpoint<'_>) -> Self {
        Self {
            service: endpoint.service.map(str::to_owned),
            host: endpoint.host.map(str::to_owned),
            ip: endpoint.ip,
            port: endpoint.port,
        }
    }

    /// A view.
    pub fn as_endpoint(&self) -> Endpoint<'_> {
        Endpoint {
            service: self.service.as_deref(),
            host: self.host.as_deref(),
            ip: self.ip,
            port: self.port,
        }
    }
}

/// A finished span, owned: for tests, trees and reporters that keep spans.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OwnedSpan {
    /// See [`FinishedSpan::context`].
    pub context: SpanContext,
    /// See [`FinishedSpan::shared`].
    pub shared: bool,
    /// See [`FinishedSpan::remote_parent`].
    pub remote_parent: bool,
    /// See [`FinishedSpan::sampled`].
    pub sampled: bool,
    /// The role.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// Nanoseconds since the epoch.
    pub start: u64,
    /// Nanoseconds.
    pub duration: u64,
    /// Class and message.
    pub error: Option<(String, Option<String>)>,
    /// The service that recorded it.
    pub local: OwnedEndpoint,
    /// The other side.
    pub remote: OwnedEndpoint,
    /// Tags under the names in which they were recorded.
    pub tags: Vec<(String, OwnedValue)>,
    /// Events: nanoseconds since the epoch, fields.
    pub logs: Vec<(u64, Vec<(String, OwnedValue)>)>,
    /// Further references.
    pub references: Vec<(ReferenceKind, SpanContext)>,
    /// See [`FinishedSpan::left_out`].
    pub left_out: u32,
}

impl OwnedSpan {
    /// A tag as text.
    pub fn tag(&self, key: &str) -> Option<String> {
        self.tags
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.to_string())
    }

    /// The parent.
    pub fn parent_id(&self) -> Option<SpanId> {
        self.context.parent_id()
    }

    /// The name of the service that recorded it; empty if it has none.
    pub fn service(&self) -> &str {
        self.local.service.as_deref().unwrap_or_default()
    }
}
