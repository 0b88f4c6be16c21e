//! Handles to spans.

use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::SystemTime;

use super::Span;
use crate::baggage::InvalidKey;
use crate::context::{Extra, SpanContext};
use crate::guard::printed;
use crate::http::clean_message;
use crate::id::{SpanId, TraceId};
use crate::key::Key;
use crate::magic::{self, Field};
use crate::sampling::Sampling;
use crate::tag::{Endpoint, Error, Kind, Name, Tag, Value, short_type_name};

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
        let extra = self.extra().cloned();
        Some(self.context()?.copy_with(self.sampling(), extra))
    }

    /// Takes out what records. Left is the span's context as it stands now.
    // Written where it stays: moved, it would have to wait for its parts.
    #[inline(always)]
    pub(crate) fn take_recording(&mut self) -> Option<Arc<dyn Span>> {
        if !self.is_recording() {
            return None;
        }
        let Inner::Recording { span, extra } = mem::take(&mut self.0) else {
            return None;
        };
        let context = span.context();
        let extra = extra.or_else(|| context.extra().cloned());
        let left = Inner::Context(context.copy_with(span.sampling(), extra));
        // None was there, but to drop it would be a call.
        mem::forget(mem::replace(&mut self.0, left));
        Some(span)
    }

    /// Leaves none. To find out that there is nothing to free would else be a call.
    #[inline]
    pub(crate) fn clear(&mut self) {
        match &self.0 {
            Inner::None => {}
            Inner::Context(context) if context.extra().is_none() => mem::forget(mem::take(self)),
            _ => *self = Self::none(),
        }
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
    /// error's message. `peer.ipv4` and `peer.ipv6` are one field, of which the last value counts.
    pub fn set_tag<'a>(&self, key: impl Into<Key<'a>>, value: impl Into<Value<'a>>) {
        if let Inner::Recording { span, .. } = &self.0 {
            let tag = Tag::new(key, value);
            match magic::field(&tag) {
                None => span.set_tags(&[tag]),
                Some(Field::Error(false)) => span.set_error(None),
                Some(Field::Error(true)) => span.set_error(Some(Error::kind(magic::ERROR))),
                Some(Field::Message) => match printed(&tag.value).as_deref() {
                    // Said by something that prints itself.
                    Some("false") => span.set_error(None),
                    Some("" | "true") | None => span.set_error(Some(Error::kind(magic::ERROR))),
                    Some(message) => {
                        span.set_error(Some(Error::new(magic::ERROR, &clean_message(message))))
                    }
                },
                Some(Field::Kind(kind)) => span.set_kind(kind),
                Some(Field::Priority(sampling)) => {
                    span.set_sampling(span.sampling().told(Some(sampling)));
                }
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

    /// Replaces the name, unless [`set_name`](Self::set_name) was called before: for layers that
    /// learn the route only with the response.
    pub fn set_late_name<'a>(&self, name: impl Into<Name<'a>>) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.set_late_name(name.into());
        }
    }

    /// Adds to what is known about the other side.
    pub fn set_remote(&self, peer: Endpoint<'_>) {
        if let Inner::Recording { span, .. } = &self.0 {
            span.set_remote(peer);
        }
    }

    /// Marks the span as failed with this error: its kind is the type's name, its message the text,
    /// in which URLs lose user info and query: errors of clients and of databases print both. One that
    /// panics while it is printed has no message.
    pub fn set_error<E: fmt::Display + ?Sized>(&self, error: &E) {
        if self.is_recording() {
            let kind = short_type_name::<E>();
            match printed(&error).as_deref().map(clean_message) {
                Some(clean) => self.set_error_as(Error::new(kind, &clean)),
                None => self.set_error_as(Error::kind(kind)),
            }
        }
    }

    /// Marks the span as failed, with the message as it is.
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

    /// Marks a bare context as the entry of a request, for
    /// [`is_server_entry`](Self::is_server_entry).
    #[inline]
    pub(crate) fn mark_entry(&mut self) {
        if let Inner::Context(context) = &mut self.0 {
            context.mark_entry();
        }
    }

    /// The role, if the span is recorded.
    pub fn kind(&self) -> Option<Kind> {
        match &self.0 {
            Inner::Recording { span, .. } => Some(span.kind()),
            _ => None,
        }
    }

    /// True if a server layer made this handle for a request. Whether that request is being served
    /// here and now says [`current::server_entry`](crate::current::server_entry).
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
