//! What a finished span was, owned.

use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::context::SpanContext;
use crate::guard::printed;
use crate::id::{SpanId, TraceId};
use crate::sampling::Sampling;
use crate::tag::{Endpoint, Error, Kind, Tag, Value};
use crate::tracer::{Reference, ReferenceKind};

/// A finished span, as it was when it finished.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MockSpan {
    /// The identity.
    pub context: SpanContext,
    /// The first `ChildOf`, else the first reference; `None` for a root.
    pub parent: Option<Reference>,
    /// Every further reference.
    pub references: Vec<Reference>,
    /// The role.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// When it started.
    pub start: SystemTime,
    /// When it ended, never before its start.
    pub end: SystemTime,
    /// The tags, each once, in the order in which they were first set.
    pub tags: Vec<(String, MockValue)>,
    /// The events, in the order in which they were logged.
    pub logs: Vec<MockLog>,
    /// The other side of the call, as far as it is known.
    pub remote: MockEndpoint,
    /// Set if the span failed.
    pub error: Option<MockError>,
    /// The decision when it finished.
    pub sampling: Sampling,
    pub(super) order: u64,
}

impl MockSpan {
    /// The trace.
    pub const fn trace_id(&self) -> TraceId {
        self.context.trace_id()
    }

    /// The span.
    pub const fn span_id(&self) -> SpanId {
        self.context.span_id()
    }

    /// The parent's id.
    pub const fn parent_id(&self) -> Option<SpanId> {
        self.context.parent_id()
    }

    /// The value of a tag, with its type.
    pub fn value(&self, key: &str) -> Option<&MockValue> {
        self.tags
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, value)| value)
    }

    /// The value of a tag, printed.
    pub fn tag(&self, key: &str) -> Option<String> {
        self.value(key).map(MockValue::to_string)
    }

    /// How long it took.
    pub fn duration(&self) -> Duration {
        self.end.duration_since(self.start).unwrap_or_default()
    }

    /// True if this span follows from its parent instead of being part of it.
    pub fn follows(&self) -> bool {
        self.parent
            .as_ref()
            .is_some_and(|parent| parent.kind == ReferenceKind::FollowsFrom)
    }

    /// True if the other span is this one's parent.
    pub fn is_child_of(&self, other: &Self) -> bool {
        self.trace_id() == other.trace_id() && self.parent_id() == Some(other.span_id())
    }
}

/// The value of a tag or of a log field, owned.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum MockValue {
    /// Text, also of values that were given as something to print.
    Str(String),
    /// True or false.
    Bool(bool),
    /// An integer.
    I64(i64),
    /// A number.
    F64(f64),
}

impl From<Value<'_>> for MockValue {
    fn from(value: Value<'_>) -> Self {
        match value {
            Value::Str(value) => Self::Str(value.to_owned()),
            Value::Bool(value) => Self::Bool(value),
            Value::I64(value) => Self::I64(value),
            Value::F64(value) => Self::F64(value),
            Value::Display(value) => Self::Str(printed(value).unwrap_or_default()),
        }
    }
}

impl fmt::Display for MockValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(value) => f.write_str(value),
            Self::Bool(value) => value.fmt(f),
            Self::I64(value) => value.fmt(f),
            Self::F64(value) => value.fmt(f),
        }
    }
}

/// An event of a span.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MockLog {
    /// When it happened.
    pub at: SystemTime,
    /// What was said.
    pub fields: Vec<(String, MockValue)>,
}

/// The other side of a call, owned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockEndpoint {
    /// The logical name of the service.
    pub service: Option<String>,
    /// The host name.
    pub host: Option<String>,
    /// The address.
    pub ip: Option<IpAddr>,
    /// The port.
    pub port: Option<u16>,
}

impl MockEndpoint {
    pub(super) fn add(&mut self, peer: Endpoint<'_>) {
        if let Some(service) = peer.service {
            self.service = Some(service.to_owned());
        }
        if let Some(host) = peer.host {
            self.host = Some(host.to_owned());
        }
        self.ip = peer.ip.or(self.ip);
        self.port = peer.port.or(self.port);
    }
}

/// Why a span failed, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MockError {
    /// The class of the error.
    pub kind: String,
    /// What it says.
    pub message: Option<String>,
}

impl From<Error<'_>> for MockError {
    fn from(error: Error<'_>) -> Self {
        Self {
            kind: error.kind.to_owned(),
            message: error.message.and_then(printed),
        }
    }
}

pub(super) fn owned(tags: &[Tag<'_>]) -> Vec<(String, MockValue)> {
    tags.iter()
        .map(|tag| (tag.key.as_str().to_owned(), tag.value.into()))
        .collect()
}

/// A key that stands there already keeps its place and gets the new value.
pub(super) fn merge(tags: &mut Vec<(String, MockValue)>, more: Vec<(String, MockValue)>) {
    for (key, value) in more {
        match tags.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => tags.push((key, value)),
        }
    }
}
