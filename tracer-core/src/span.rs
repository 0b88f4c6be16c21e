//! Spans: what a vendor implements, the one owner, and the handles.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::baggage::InvalidKey;
use crate::context::{Extra, Sampling, SpanContext};
use crate::id::{SpanId, TraceId};
use crate::in_flight::PANIC;
use crate::magic::{self, Field};
use crate::tag::{End, Endpoint, Error, Kind, Name, Tag, Value};
use crate::tracer::{Parent, SpanStart};

/// A span that is being recorded. What a vendor implements.
///
/// Every method may be called from any thread, also after the end, when all but
/// [`start_child`](Self::start_child) do nothing.
pub trait Span: Send + Sync {
    /// The identity. It does not change during a span's life.
    fn context(&self) -> &SpanContext;

    /// The role.
    fn kind(&self) -> Kind;

    /// The decision as it stands now: the context's, unless it was changed since.
    fn sampling(&self) -> Sampling {
        self.context().sampling()
    }

    /// Starts a child, also after this span has ended. `start.parent` is this span, whatever it
    /// says.
    fn start_child(&self, start: SpanStart<'_>) -> OpenSpan;

    /// Replaces the name.
    fn set_name(&self, name: Name<'_>);

    /// Replaces the kind.
    fn set_kind(&self, kind: Kind);

    /// Changes the decision for this span and for what starts below it from now on.
    fn set_sampling(&self, sampling: Sampling);

    /// Sets many tags under one lock. A tag set twice keeps the last value.
    fn set_tags(&self, tags: &[Tag<'_>]);

    /// As [`set_tags`](Self::set_tags), for the one who holds the only handle: no lock is needed.
    fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        self.set_tags(tags);
    }

    /// Adds an event, at a time or now.
    fn log(&self, at: Option<SystemTime>, fields: &[Tag<'_>]);

    /// Adds to what is known about the other side; fields that are `None` stay as they were.
    fn set_remote(&self, peer: Endpoint<'_>);

    /// As [`set_remote`](Self::set_remote), for the one who holds the only handle.
    fn set_remote_mut(&mut self, peer: Endpoint<'_>) {
        self.set_remote(peer);
    }

    /// Marks the span as failed. The last error counts.
    fn set_error(&self, error: Option<Error<'_>>);

    /// True if the span is marked as failed. A layer asks before it derives an error from a bare
    /// status, so that what a handler said wins. False from a vendor that cannot tell.
    fn has_error(&self) -> bool {
        false
    }

    /// Ends the span and hands it to the reporter. It gets its handle back, so that it can be
    /// used again if nobody else holds one.
    fn finish(self: Arc<Self>, end: End<'_>);

    /// Ends the span without reporting it.
    fn abandon(self: Arc<Self>);
}

/// A handle to a span: annotates it, makes children, cannot finish it.
///
/// It is nothing, a bare context (an unsampled span: it still travels, allocates nothing), or a
/// recorder. Inert after the owner has finished; late children are still possible.
#[derive(Clone, Default)]
pub struct SpanRef(pub(crate) Inner);

#[derive(Clone, Default)]
pub(crate) enum Inner {
    #[default]
    None,
    /// A decision or baggage without ids. `pass`: the caller's own, to be handed on as it came.
    Bare {
        sampling: Sampling,
        pass: bool,
        extra: Option<Arc<Extra>>,
    },
    Context(SpanContext),
    /// `extra`: set on this handle, in the place of what the span's context carries.
    Recording {
        span: Arc<dyn Span>,
        extra: Option<Arc<Extra>>,
    },
}

impl SpanRef {
    /// No span.
    pub const fn none() -> Self {
        Self(Inner::None)
    }

    /// A handle that carries this context and records nothing.
    pub const fn from_context(context: SpanContext) -> Self {
        Self(Inner::Context(context))
    }

    /// The current span of this thread; [`none`](Self::none) if there is none.
    pub fn current() -> Self {
        crate::current::get()
    }

    /// True for [`none`](Self::none).
    pub const fn is_none(&self) -> bool {
        matches!(self.0, Inner::None)
    }

    /// True if what is said to this handle is recorded. Compute costly tags only then.
    pub const fn is_recording(&self) -> bool {
        matches!(self.0, Inner::Recording { .. })
    }

    /// The identity of the span.
    pub fn context(&self) -> Option<&SpanContext> {
        match &self.0 {
            Inner::None | Inner::Bare { .. } => None,
            Inner::Context(context) => Some(context),
            Inner::Recording { span, .. } => Some(span.context()),
        }
    }

    /// The identity of the span as an outgoing call would carry it now: with the baggage set on
    /// this handle and the decision as it stands.
    pub fn to_context(&self) -> Option<SpanContext> {
        let context = self.context()?.clone().with_sampling(self.sampling());
        let extra = self.extra().cloned();
        Some(context.with_extra(extra))
    }

    /// The trace, for log lines.
    pub fn trace_id(&self) -> Option<TraceId> {
        self.context().map(SpanContext::trace_id)
    }

    /// The span, for log lines.
    pub fn span_id(&self) -> Option<SpanId> {
        self.context().map(SpanContext::span_id)
    }

    /// The sampling decision; `Defer` without a span.
    pub fn sampling(&self) -> Sampling {
        match &self.0 {
            Inner::None => Sampling::Defer,
            Inner::Bare { sampling, .. } => *sampling,
            Inner::Context(context) => context.sampling(),
            Inner::Recording { span, .. } => span.sampling(),
        }
    }

    /// What is carried beside the ids.
    pub fn extra(&self) -> Option<&Arc<Extra>> {
        match &self.0 {
            Inner::None => None,
            Inner::Bare { extra, .. } => extra.as_ref(),
            Inner::Context(context) => context.extra(),
            Inner::Recording { span, extra } => extra.as_ref().or_else(|| span.context().extra()),
        }
    }

    /// The value of a baggage item.
    pub fn baggage(&self, key: &str) -> Option<&str> {
        self.extra()?.baggage.get(key)
    }

    /// This handle with one more baggage item. Handles cloned earlier do not change.
    /// See also [`current::set_baggage`](crate::current::set_baggage).
    ///
    /// # Errors
    ///
    /// [`InvalidKey`] when the key is no token of RFC 9110.
    pub fn with_baggage(&self, key: &str, value: &str) -> Result<Self, InvalidKey> {
        let mut extra = self
            .extra()
            .map(|extra| (**extra).clone())
            .unwrap_or_default();
        extra.baggage.set(key, value)?;
        Ok(self.with_extra(Some(Arc::new(extra))))
    }

    /// This handle carrying `extra` in the place of what it carried.
    pub fn with_extra(&self, extra: Option<Arc<Extra>>) -> Self {
        Self(match &self.0 {
            Inner::None => Inner::Bare {
                sampling: Sampling::Defer,
                pass: false,
                extra,
            },
            Inner::Bare { sampling, pass, .. } => Inner::Bare {
                sampling: *sampling,
                pass: *pass,
                extra,
            },
            Inner::Context(context) => Inner::Context(context.clone().with_extra(extra)),
            Inner::Recording { span, .. } => Inner::Recording {
                span: Arc::clone(span),
                extra,
            },
        })
    }

    /// Sets a tag. `error`, `span.kind`, `sampling.priority` and `peer.*` set the field that they
    /// name; a value that does not fit the field stays a tag. `error` takes true, false, or the
    /// error's message.
    pub fn set_tag<'a>(&self, key: &str, value: impl Into<Value<'a>>) {
        if let Inner::Recording { span, .. } = &self.0 {
            let tag = Tag {
                key,
                value: value.into(),
            };
            match magic::field(&tag) {
                None => span.set_tags(&[tag]),
                Some(Field::Error(false)) => span.set_error(None),
                Some(Field::Error(true)) => span.set_error(Some(Error::kind(magic::ERROR))),
                Some(Field::Message) => {
                    span.set_error(Some(Error::new(magic::ERROR, &tag.value)));
                }
                Some(Field::Kind(kind)) => span.set_kind(kind),
                Some(Field::Priority(sampling)) => span.set_sampling(sampling),
                Some(Field::Peer) => {
                    if !magic::peer(&tag, |peer| span.set_remote(peer)) {
                        span.set_tags(&[tag]);
                    }
                }
            }
        }
    }

    /// Sets many tags as they are, at once: cheaper than one by one. The field names that
    /// [`set_tag`](Self::set_tag) knows mean nothing here.
    pub fn set_tags(&self, tags: &[Tag<'_>]) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.set_tags(tags);
        }
    }

    /// Replaces the name.
    pub fn set_name<'a>(&self, name: impl Into<Name<'a>>) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.set_name(name.into());
        }
    }

    /// Adds to what is known about the other side.
    pub fn set_remote(&self, peer: Endpoint<'_>) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.set_remote(peer);
        }
    }

    /// Marks the span as failed with this error: its kind is the type's name, its message the text.
    pub fn set_error<E: fmt::Display>(&self, error: &E) {
        self.set_error_as(Error::of(error));
    }

    /// Marks the span as failed.
    pub fn set_error_as(&self, error: Error<'_>) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.set_error(Some(error));
        }
    }

    /// True if the span is recorded and marked as failed.
    pub fn has_error(&self) -> bool {
        match &self.0 {
            Inner::Recording { span, .. } => span.has_error(),
            _ => false,
        }
    }

    /// Adds an event now.
    pub fn log(&self, fields: &[Tag<'_>]) {
        self.log_at(None, fields);
    }

    /// Adds an event at a time of its own.
    pub fn log_at(&self, at: Option<SystemTime>, fields: &[Tag<'_>]) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.log(at, fields);
        }
    }

    /// Starts a child of this span, whose parent in `start` is ignored. The child of a bare context
    /// is a bare context: the same one, but CLIENT and PRODUCER spans get an id of their own. The
    /// caller's own context under "propagate only" stays as it came.
    pub fn start_child(&self, start: SpanStart<'_>) -> OpenSpan {
        match &self.0 {
            Inner::None => OpenSpan::none(),
            Inner::Bare { .. } => OpenSpan::from_ref(self.clone()),
            Inner::Context(context) => {
                let same =
                    context.is_pass() || !matches!(start.kind, Kind::Client | Kind::Producer);
                let context = if same {
                    context.unmarked()
                } else {
                    context.child(SpanId::random())
                };
                let extra = start.extra.or(context.extra()).cloned();
                OpenSpan::from_context(context.with_extra(extra))
            }
            Inner::Recording { span, extra } => {
                let extra = start.extra.or(extra.as_ref());
                span.start_child(SpanStart {
                    extra,
                    parent: Parent::Local(self),
                    ..start
                })
            }
        }
    }

    /// True if a span below this one is a child of it. False for no span and for baggage or a
    /// decision that wait for a trace: there a tracer starts a new one.
    pub const fn has_children(&self) -> bool {
        match &self.0 {
            Inner::None => false,
            Inner::Bare { pass, .. } => *pass,
            Inner::Context(_) | Inner::Recording { .. } => true,
        }
    }

    /// True for the caller's own context under "propagate only": nothing below it is recorded, and
    /// outgoing calls carry it unchanged.
    pub const fn is_pass(&self) -> bool {
        match &self.0 {
            Inner::Bare { pass, .. } => *pass,
            Inner::Context(context) => context.is_pass(),
            Inner::None | Inner::Recording { .. } => false,
        }
    }

    /// True if a server layer made this handle for the request that is being served, so that a
    /// second server layer round the same request makes no second span.
    pub fn is_server_entry(&self) -> bool {
        match &self.0 {
            Inner::None => false,
            Inner::Bare { pass, .. } => *pass,
            Inner::Context(context) => context.is_entry(),
            Inner::Recording { span, .. } => span.kind() == Kind::Server,
        }
    }
}

impl fmt::Debug for SpanRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::None => f.write_str("SpanRef(none)"),
            Inner::Bare { sampling, .. } => write!(f, "SpanRef({sampling:?})"),
            Inner::Context(context) => write!(f, "SpanRef({context:?})"),
            Inner::Recording { span, .. } => write!(f, "SpanRef({:?}, recording)", span.context()),
        }
    }
}

/// The one owner of a span: finishes it exactly once, also on drop; dropped by a panic, it marks
/// the span as failed.
///
/// Everything that a handle can do, it can do too (it dereferences to its [`SpanRef`]). It is
/// `Send + Sync`: an `Arc<OpenSpan>` finishes with its last holder.
#[must_use = "a span that is dropped at once has no duration"]
pub struct OpenSpan {
    span: SpanRef,
}

impl OpenSpan {
    /// No span.
    pub const fn none() -> Self {
        Self {
            span: SpanRef::none(),
        }
    }

    /// A span that is carried, not recorded.
    pub const fn from_context(context: SpanContext) -> Self {
        Self {
            span: SpanRef::from_context(context),
        }
    }

    /// A span that is recorded. For vendors: nobody else may own it.
    pub fn recording(span: Arc<dyn Span>) -> Self {
        Self {
            span: SpanRef(Inner::Recording { span, extra: None }),
        }
    }

    /// What a caller sent, to be handed on as it came: "propagate only".
    pub fn pass_through(extracted: &crate::context::Extracted) -> Self {
        Self::from_ref(SpanRef(match extracted.span_context() {
            Some(context) => {
                let mut context = context.clone();
                context.mark_pass();
                context.mark_entry();
                Inner::Context(context)
            }
            None => Inner::Bare {
                sampling: extracted.sampling(),
                pass: true,
                extra: extracted.extra().cloned(),
            },
        }))
    }

    pub(crate) const fn from_ref(span: SpanRef) -> Self {
        Self { span }
    }

    /// Marks a bare context as the entry of a request, for
    /// [`is_server_entry`](SpanRef::is_server_entry).
    pub(crate) fn mark_entry(&mut self) {
        if let Inner::Context(context) = &mut self.span.0 {
            context.mark_entry();
        }
    }

    /// A handle.
    pub fn handle(&self) -> SpanRef {
        self.span.clone()
    }

    /// As [`SpanRef::set_tags`], without a lock while there is no other handle.
    pub fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        if let Inner::Recording { span, .. } = &mut self.span.0 {
            match Arc::get_mut(span) {
                Some(span) => span.set_tags_mut(tags),
                None => span.set_tags(tags),
            }
        }
    }

    /// As [`SpanRef::set_remote`], without a lock while there is no other handle.
    pub fn set_remote_mut(&mut self, peer: Endpoint<'_>) {
        if let Inner::Recording { span, .. } = &mut self.span.0 {
            match Arc::get_mut(span) {
                Some(span) => span.set_remote_mut(peer),
                None => span.set_remote(peer),
            }
        }
    }

    /// Finishes the span now.
    pub fn finish(self) {
        self.finish_with(End::default());
    }

    /// Finishes the span at a given time.
    pub fn finish_at(self, at: SystemTime) {
        self.finish_with(End {
            at: Some(at),
            ..End::default()
        });
    }

    /// Finishes the span with what is known only at the end.
    pub fn finish_with(mut self, end: End<'_>) {
        finish(std::mem::take(&mut self.span), end);
    }

    /// Gives the span up: it is not reported.
    pub fn abandon(mut self) {
        if let Inner::Recording { span, .. } = std::mem::take(&mut self.span).0 {
            span.abandon();
        }
    }

    pub(crate) fn into_ref(mut self) -> SpanRef {
        std::mem::take(&mut self.span)
    }
}

pub(crate) fn finish(span: SpanRef, end: End<'_>) {
    if let Inner::Recording { span, extra } = span.0 {
        drop(extra);
        span.finish(end);
    }
}

impl std::ops::Deref for OpenSpan {
    type Target = SpanRef;

    fn deref(&self) -> &SpanRef {
        &self.span
    }
}

impl Drop for OpenSpan {
    fn drop(&mut self) {
        if self.span.is_recording() {
            // Unwound: whatever the span stood for did not succeed.
            let error = std::thread::panicking().then(|| Error::kind(PANIC));
            let end = End {
                error,
                ..End::default()
            };
            finish(std::mem::take(&mut self.span), end);
        }
    }
}

impl fmt::Debug for OpenSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Open{:?}", self.span)
    }
}
