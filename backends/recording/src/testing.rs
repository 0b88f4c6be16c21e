//! Finished spans written down by hand: for tests of reporters, exporters and encoders, which need
//! spans with exact ids and times and no tracer.
//!
//! ```
//! use tracer_core::Kind;
//! use tracer_recording::testing::SpanBuilder;
//!
//! let span = SpanBuilder::new("GET /users/{id}")
//!     .kind(Kind::Server)
//!     .tag("http.status_code", 200)
//!     .local("users", None, Some(8080));
//! assert_eq!(span.view().tags().get("http.status_code").unwrap().to_string(), "200");
//! ```

use std::net::IpAddr;

use tracer_core::{
    Key, Kind, Operation, Reference, ReferenceKind, Sampling, SpanContext, SpanId, Tag, TraceId,
    Value,
};

use crate::fields::{FieldList, LogList};
use crate::finished::{ErrorView, FinishedSpan, OwnedEndpoint};

/// A finished span to be, owned. [`view`](SpanBuilder::view) lends it as a reporter sees it.
///
/// Nothing is cut or left out: the limits of a tracer are not applied.
#[derive(Clone, Debug)]
#[must_use]
pub struct SpanBuilder {
    context: SpanContext,
    shared: bool,
    remote_parent: bool,
    sampled: bool,
    kind: Kind,
    name: String,
    start: u64,
    duration: u64,
    error: Option<(String, Option<String>)>,
    local: OwnedEndpoint,
    remote: OwnedEndpoint,
    left_out: u32,
    tags: FieldList,
    logs: LogList,
    references: Vec<Reference>,
}

impl SpanBuilder {
    /// A sampled local root with random ids, at the epoch, of no length.
    pub fn new(name: &str) -> Self {
        let context = SpanContext::new(TraceId::random(true), SpanId::random(), Sampling::Record);
        Self {
            context,
            shared: false,
            remote_parent: false,
            sampled: true,
            kind: Kind::Local,
            name: name.to_owned(),
            start: 0,
            duration: 0,
            error: None,
            local: OwnedEndpoint::default(),
            remote: OwnedEndpoint::default(),
            left_out: 0,
            tags: FieldList::default(),
            logs: LogList::default(),
            references: Vec::new(),
        }
    }

    /// The identity.
    pub fn context(mut self, context: SpanContext) -> Self {
        self.sampled = context.sampling().is_sampled();
        self.context = context;
        self
    }

    /// Whether it has its caller's span id.
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// Whether the parent is in another process.
    pub fn remote_parent(mut self, remote: bool) -> Self {
        self.remote_parent = remote;
        self
    }

    /// The role.
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// Start, in nanoseconds since the epoch, and duration in nanoseconds.
    pub fn times(mut self, start: u64, duration: u64) -> Self {
        self.start = start;
        self.duration = duration;
        self
    }

    /// Why it failed.
    pub fn error(mut self, kind: &str, message: Option<&str>) -> Self {
        self.error = Some((kind.to_owned(), message.map(str::to_owned)));
        self
    }

    /// The service that recorded it.
    pub fn local(mut self, service: &str, ip: Option<IpAddr>, port: Option<u16>) -> Self {
        self.local = OwnedEndpoint {
            service: Some(service.to_owned()),
            host: None,
            ip,
            port,
        };
        self
    }

    /// The other side.
    pub fn remote(mut self, remote: OwnedEndpoint) -> Self {
        self.remote = remote;
        self
    }

    /// Gives it the tags of an operation, before all others. Its name is that of the operation if they
    /// are equal; otherwise it has been renamed.
    pub fn operation(mut self, operation: &'static Operation) -> Self {
        self.tags.set_operation(Some(operation));
        self
    }

    /// Adds a tag, also if the key is there: the last value counts.
    pub fn tag<'a>(mut self, key: impl Into<Key<'a>>, value: impl Into<Value<'a>>) -> Self {
        self.tags.push(&Tag::new(key, value), usize::MAX);
        self
    }

    /// Adds an event at `time`, in nanoseconds since the epoch.
    pub fn log(mut self, time: u64, entries: &[Tag<'_>]) -> Self {
        self.logs.push(time, entries.iter().copied(), usize::MAX);
        self
    }

    /// Adds a reference beside the parent.
    pub fn reference(mut self, kind: ReferenceKind, context: SpanContext) -> Self {
        self.references.push(Reference { kind, context });
        self
    }

    /// How much a limit has left out.
    pub fn left_out(mut self, left_out: u32) -> Self {
        self.left_out = left_out;
        self
    }

    /// The span as a reporter is lent it.
    pub fn view(&self) -> FinishedSpan<'_> {
        let common = self.tags.operation().map(Operation::name);
        FinishedSpan {
            context: &self.context,
            shared: self.shared,
            remote_parent: self.remote_parent,
            sampled: self.sampled,
            kind: self.kind,
            name: common
                .filter(|name| *name == self.name)
                .unwrap_or(&self.name),
            start: self.start,
            duration: self.duration,
            error: self.error.as_ref().map(|(kind, message)| ErrorView {
                kind,
                message: message.as_deref(),
            }),
            local: self.local.as_endpoint(),
            remote: self.remote.as_endpoint(),
            left_out: self.left_out,
            tags: self.tags.view(),
            logs: self.logs.view(),
            references: &self.references,
            request: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use tracer_core::conventions::keys;

    use super::*;

    #[test]
    fn the_view_shows_what_was_written_down() {
        let other = SpanContext::new(TraceId::random(true), SpanId::random(), Sampling::Record);
        let span = SpanBuilder::new("job")
            .tag("a", 1)
            .tag("a", 2)
            .log(5, &[Tag::new("event", "x")])
            .log(6, &[])
            .reference(ReferenceKind::FollowsFrom, other.clone())
            .error("Oops", None);
        let view = span.view();
        assert_eq!(view.to_owned().tag("a"), Some("2".into()));
        assert_eq!(
            view.logs().map(|log| log.time).collect::<Vec<_>>(),
            vec![5, 6]
        );
        assert_eq!(view.references().first().map(|r| &r.context), Some(&other));
        assert_eq!(view.error.map(|error| error.kind), Some("Oops"));
        assert!(view.sampled && view.parent_id().is_none());
    }

    #[test]
    fn the_name_of_an_operation_is_its_own_text() {
        let load = Operation::of("load", &[(keys::COMPONENT, "cache")]).unwrap();
        let span = |name| SpanBuilder::new(name).operation(load).tag("rows", 3);
        for (name, same) in [("load", true), ("reload", false)] {
            let span = span(name);
            let view = span.view();
            assert_eq!(
                (view.name, std::ptr::eq(view.name, load.name())),
                (name, same)
            );
            let (operation, own) = view.tags().split();
            assert_eq!((operation, own.count()), (Some(load), 1));
        }
    }
}
