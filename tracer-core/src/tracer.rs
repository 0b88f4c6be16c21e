//! The tracer: starts spans and carries their contexts across processes.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::builder::SpanBuilder;
use crate::carrier::{Extract, Inject};
use crate::context::{Extra, Extracted, SpanContext};
use crate::operation::Operation;
use crate::sampling::Sampling;
use crate::span::{OpenSpan, Span, SpanRef};
use crate::subject::{StartName, Subject};
use crate::tag::{Kind, Name, Tag};

/// Starts spans and carries their contexts across processes. What a vendor implements.
///
/// Layers and handlers hold an `Arc<dyn Tracer>`; [`TracerExt`] gives the fluent form.
pub trait Tracer: Send + Sync {
    /// Starts a span. Never blocks and never fails: what cannot be recorded is at least carried.
    ///
    /// A span that it records it lets be described ([`SpanStart::describe`]) before it returns it:
    /// what a layer knows of a request comes that way.
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan;

    /// False if it neither records anything nor reads or writes any header, so that a layer need not even ask
    /// for a span.
    fn is_enabled(&self) -> bool {
        true
    }

    /// Reads what a caller sent. Malformed is the same as absent.
    fn extract(&self, carrier: &dyn Extract) -> Extracted;

    /// Writes what the next service needs into a request's headers, in the place of every trace
    /// header that stands there. Writes nothing for [`SpanRef::none`].
    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject);

    /// As [`inject`](Self::inject), into the headers of a message, where readers parse other forms
    /// (B3 single). The same as `inject` unless a tracer knows better.
    fn inject_message(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        self.inject(span, carrier);
    }

    /// Removes every trace header and all baggage from a request to a host that must get none.
    /// Does nothing unless a tracer knows which headers these are.
    fn clear(&self, carrier: &mut dyn Inject) {
        let _ = carrier;
    }

    /// Waits until every span that was finished before is delivered or counted as lost.
    ///
    /// Blocks the calling thread: use `spawn_blocking` in async code.
    ///
    /// # Errors
    ///
    /// [`FlushError`] when the time is up or spans were lost.
    fn flush(&self, timeout: Duration) -> Result<(), FlushError>;
}

impl<T: Tracer + ?Sized> Tracer for Arc<T> {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        (**self).start_span(start)
    }

    fn is_enabled(&self) -> bool {
        (**self).is_enabled()
    }

    fn extract(&self, carrier: &dyn Extract) -> Extracted {
        (**self).extract(carrier)
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        (**self).inject(span, carrier);
    }

    fn inject_message(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        (**self).inject_message(span, carrier);
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        (**self).clear(carrier);
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        (**self).flush(timeout)
    }
}

/// The fluent form of [`Tracer::start_span`].
pub trait TracerExt: Tracer {
    /// Begins a span with this name. Without a reference, the current span becomes its parent. What is below a
    /// span that another tracer records is recorded there, unless this one records nothing.
    ///
    /// ```
    /// use tracer_core::{NoopTracer, Tracer, TracerExt};
    ///
    /// let tracer = NoopTracer;
    /// let span = tracer.span("load").tag("rows", 3).start();
    /// span.finish();
    /// ```
    fn span<'a>(&'a self, name: impl Into<Name<'a>>) -> SpanBuilder<'a>;
}

impl<T: Tracer> TracerExt for T {
    fn span<'a>(&'a self, name: impl Into<Name<'a>>) -> SpanBuilder<'a> {
        SpanBuilder::new(self, name.into())
    }
}

impl TracerExt for dyn Tracer + '_ {
    fn span<'a>(&'a self, name: impl Into<Name<'a>>) -> SpanBuilder<'a> {
        SpanBuilder::new(self, name.into())
    }
}

/// What a new span continues.
#[derive(Clone, Copy, Debug, Default)]
pub enum Parent<'a> {
    /// Nothing: a new trace.
    #[default]
    None,
    /// What came with a request. A SERVER or CONSUMER span continues it under its decision.
    Remote(&'a Extracted),
    /// A span of this process.
    Local(&'a SpanRef),
    /// A context; the new span is its child.
    ChildOf(&'a SpanContext),
    /// A context that the new span follows from, without being part of it.
    Follows(&'a SpanContext),
}

/// How a span refers to another one (OpenTracing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReferenceKind {
    /// The other span depends on this one.
    ChildOf,
    /// This one came after the other, which does not depend on it.
    FollowsFrom,
}

/// A reference to another span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// How.
    pub kind: ReferenceKind,
    /// To which.
    pub context: SpanContext,
}

/// Everything that is known when a span starts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SpanStart<'a> {
    /// The name. To ask for it may cost more than to start a span that is not recorded.
    pub name: StartName<'a>,
    /// The role.
    pub kind: Kind,
    /// What it continues.
    pub parent: Parent<'a>,
    /// Further references, beside the parent.
    pub references: &'a [Reference],
    /// Tags that are known now.
    pub tags: &'a [Tag<'a>],
    /// When it started; `None` is now.
    pub start: Option<SystemTime>,
    /// Whoever starts it has an opinion on sampling, which counts where the caller deferred.
    pub opinion: Option<Sampling>,
    /// Decided by the application, against everybody else (`sampling.priority`).
    pub priority: Option<Sampling>,
    /// Carried by the new span in the place of what its parent carries.
    pub extra: Option<&'a Arc<Extra>>,
}

impl<'a> SpanStart<'a> {
    /// A local span without a parent.
    pub const fn new(name: Name<'a>) -> Self {
        Self::with_name(StartName::said(name))
    }

    /// As [`new`](Self::new), for a span of which more is found out only if somebody asks.
    pub const fn about(subject: &'a dyn Subject) -> Self {
        Self::with_name(StartName::asked(subject))
    }

    /// Tells a span that is going to be recorded what its subject knows of it. Whoever implements
    /// [`Tracer`] calls it once, when the span has its name and its own `tags`.
    #[inline]
    pub fn describe(&self, span: &mut dyn Span) {
        if let Some(operation) = self.operation() {
            for (key, text) in operation.tags() {
                span.set_tags_mut(&[Tag::new(*key, *text)]);
            }
        }
        self.describe_beyond(span);
    }

    /// As [`describe`](Self::describe), for a tracer that has taken the
    /// [operation](Self::operation) as a whole.
    #[inline]
    pub fn describe_beyond(&self, span: &mut dyn Span) {
        if let Some(subject) = self.name.subject() {
            subject.describe(span);
        }
    }

    /// The operation of the span, if somebody keeps it ready. A tracer need not ask for it: name and
    /// [`describe`](Self::describe) say the same.
    #[inline]
    pub fn operation(&self) -> Option<&'static Operation> {
        self.name.subject()?.operation()
    }

    const fn with_name(name: StartName<'a>) -> Self {
        Self {
            name,
            kind: Kind::Local,
            parent: Parent::None,
            references: &[],
            tags: &[],
            start: None,
            opinion: None,
            priority: None,
            extra: None,
        }
    }

    /// The same with this kind.
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The same with this parent.
    pub const fn parent(mut self, parent: Parent<'a>) -> Self {
        self.parent = parent;
        self
    }

    /// The same with these tags.
    pub const fn tags(mut self, tags: &'a [Tag<'a>]) -> Self {
        self.tags = tags;
        self
    }

    /// The same with this opinion on sampling.
    pub const fn opinion(mut self, opinion: Option<Sampling>) -> Self {
        self.opinion = opinion;
        self
    }
}

/// Spans could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlushError {
    timed_out: bool,
    lost: u64,
}

impl FlushError {
    /// The time was up before everything was delivered.
    pub const fn timeout() -> Self {
        Self {
            timed_out: true,
            lost: 0,
        }
    }

    /// That many spans were lost.
    pub const fn lost(spans: u64) -> Self {
        Self {
            timed_out: false,
            lost: spans,
        }
    }

    /// True when the time was up; more may be delivered later.
    pub const fn is_timeout(&self) -> bool {
        self.timed_out
    }

    /// How many spans were lost for good.
    pub const fn lost_spans(&self) -> u64 {
        self.lost
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.timed_out {
            f.write_str("the time was up before every span was delivered")
        } else {
            write!(f, "{} spans were lost", self.lost)
        }
    }
}

impl std::error::Error for FlushError {}
