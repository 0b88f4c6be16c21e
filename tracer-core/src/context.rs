//! What identifies a span across processes.

use std::sync::Arc;

use crate::baggage::Baggage;
use crate::id::{SpanId, TraceId};
use crate::sampling::Sampling;

/// What a context carries beside its ids. Shared, because most contexts carry nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// The W3C `tracestate`, joined into one header value.
    pub trace_state: Option<Box<str>>,
    /// The baggage.
    pub baggage: Baggage,
    /// Plain headers that the tracer was told to carry: name on the wire, value.
    pub fields: Vec<(Box<str>, Box<str>)>,
}

impl Extra {
    /// True when nothing is carried.
    pub fn is_empty(&self) -> bool {
        self.trace_state.is_none() && self.baggage.is_empty() && self.fields.is_empty()
    }
}

/// W3C trace flags, level 2: the trace id's lower 56 bits are random.
const RANDOM: u8 = 0b0000_0010;
/// Internal: made by a server layer for the request that is being served.
const ENTRY: u8 = 0b1000_0000;
/// Internal: the caller's own context, to be handed on as it came.
const PASS: u8 = 0b0100_0000;

/// The identity of a span, as it travels: ids, decision, flags, and what else is carried.
///
/// Plain data; 48 bytes; cloning copies, and counts one reference when something extra is carried.
#[derive(Clone, PartialEq, Eq)]
pub struct SpanContext {
    trace: TraceId,
    span: SpanId,
    parent: Option<SpanId>,
    extra: Option<Arc<Extra>>,
    sampling: Sampling,
    flags: u8,
}

impl SpanContext {
    /// A context with these ids and this decision, and nothing else.
    pub const fn new(trace: TraceId, span: SpanId, sampling: Sampling) -> Self {
        Self {
            trace,
            span,
            parent: None,
            extra: None,
            sampling,
            flags: 0,
        }
    }

    /// The same context with this parent. A parent equal to the span is none.
    pub fn with_parent(mut self, parent: Option<SpanId>) -> Self {
        self.parent = parent.filter(|parent| *parent != self.span);
        self
    }

    /// The same context with this decision.
    pub fn with_sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// The same context with W3C's random flag set or not.
    pub fn with_random(mut self, random: bool) -> Self {
        self.set_flag(RANDOM, random);
        self
    }

    /// The same context with these extras.
    pub fn with_extra(mut self, extra: Option<Arc<Extra>>) -> Self {
        self.extra = extra;
        self
    }

    /// The context of a child: the same trace, decision and extras, an id of its own, this span as
    /// its parent.
    pub fn child(&self, span: SpanId) -> Self {
        self.child_with(span, self.sampling, self.extra.clone())
    }

    /// As [`child`](Self::child), with this decision and these extras.
    #[inline]
    pub const fn child_with(
        &self,
        span: SpanId,
        sampling: Sampling,
        extra: Option<Arc<Extra>>,
    ) -> Self {
        Self {
            trace: self.trace,
            span,
            parent: Some(self.span),
            extra,
            sampling,
            flags: self.flags & RANDOM,
        }
    }

    /// Becomes what [`child_with`](Self::child_with) makes of `parent`, in place: for a recorder that
    /// is used again.
    #[inline]
    pub fn become_child(
        &mut self,
        parent: &Self,
        span: SpanId,
        sampling: Sampling,
        extra: Option<&Arc<Extra>>,
    ) {
        self.trace = parent.trace;
        self.span = span;
        self.parent = Some(parent.span);
        self.sampling = sampling;
        self.flags = parent.flags & RANDOM;
        if self.extra.is_some() || extra.is_some() {
            self.extra = extra.cloned();
        }
    }

    /// The same identity with this decision and these extras.
    #[inline]
    pub(crate) const fn copy_with(&self, sampling: Sampling, extra: Option<Arc<Extra>>) -> Self {
        Self {
            trace: self.trace,
            span: self.span,
            parent: self.parent,
            extra,
            sampling,
            flags: self.flags,
        }
    }

    /// The trace.
    pub const fn trace_id(&self) -> TraceId {
        self.trace
    }

    /// The span.
    pub const fn span_id(&self) -> SpanId {
        self.span
    }

    /// The span's parent, if it is known and not the span itself.
    pub const fn parent_id(&self) -> Option<SpanId> {
        self.parent
    }

    /// The sampling decision.
    pub const fn sampling(&self) -> Sampling {
        self.sampling
    }

    /// W3C's random flag.
    pub const fn is_random(&self) -> bool {
        self.flags & RANDOM != 0
    }

    /// What is carried beside the ids.
    pub const fn extra(&self) -> Option<&Arc<Extra>> {
        self.extra.as_ref()
    }

    /// The value of a baggage item.
    pub fn baggage(&self, key: &str) -> Option<&str> {
        self.extra.as_ref()?.baggage.get(key)
    }

    pub(crate) const fn is_entry(&self) -> bool {
        self.flags & ENTRY != 0
    }

    /// True for the caller's own under "propagate only": see
    /// [`SpanRef::is_pass`](crate::SpanRef::is_pass).
    pub const fn is_pass(&self) -> bool {
        self.flags & PASS != 0
    }

    /// A copy with this decision and these extras that is no longer the entry of a request: for a
    /// span below it.
    #[inline]
    pub(crate) const fn unmarked(&self, sampling: Sampling, extra: Option<Arc<Extra>>) -> Self {
        Self {
            trace: self.trace,
            span: self.span,
            parent: self.parent,
            extra,
            sampling,
            flags: self.flags & !ENTRY,
        }
    }

    pub(crate) fn mark_entry(&mut self) {
        self.set_flag(ENTRY, true);
    }

    pub(crate) fn mark_pass(&mut self) {
        self.set_flag(PASS, true);
    }

    fn set_flag(&mut self, flag: u8, on: bool) {
        if on {
            self.flags |= flag;
        } else {
            self.flags &= !flag;
        }
    }
}

impl std::fmt::Debug for SpanContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}-{:?}", self.trace, self.span, self.sampling)?;
        if let Some(parent) = self.parent {
            write!(f, "-{parent}")?;
        }
        Ok(())
    }
}

/// What was found in the headers of a request.
///
/// Malformed is the same as absent: this is never an error.
#[derive(Clone, Debug, Default)]
pub struct Extracted {
    context: Option<SpanContext>,
    decision: Sampling,
    joinable: bool,
    extra: Option<Arc<Extra>>,
    debug_id: Option<Box<str>>,
}

impl Extracted {
    /// Nothing was found.
    pub const fn absent() -> Self {
        Self {
            context: None,
            decision: Sampling::Defer,
            joinable: false,
            extra: None,
            debug_id: None,
        }
    }

    /// A context was found. `joinable`: its format lets a server share the caller's span id (B3).
    pub fn context(context: SpanContext, joinable: bool) -> Self {
        Self {
            decision: context.sampling(),
            context: Some(context),
            joinable,
            ..Self::absent()
        }
    }

    /// Only a decision was found, without ids: a new trace starts under it.
    pub const fn decision(decision: Sampling) -> Self {
        Self {
            context: None,
            decision,
            joinable: false,
            extra: None,
            debug_id: None,
        }
    }

    /// Adds what was carried beside ids and decision.
    pub fn with_extra(mut self, extra: Option<Arc<Extra>>) -> Self {
        self.context = self
            .context
            .map(|context| context.with_extra(extra.clone()));
        self.extra = extra;
        self
    }

    /// A debug correlation id (`jaeger-debug-id`): the new root is tagged with it.
    pub fn with_debug_id(mut self, id: &str) -> Self {
        self.debug_id = Some(id.into());
        self
    }

    /// Replaces the decision, for a tracer that does not take the caller's word for it.
    pub fn with_sampling(mut self, decision: Sampling) -> Self {
        self.context = self.context.map(|context| context.with_sampling(decision));
        self.decision = decision;
        self
    }

    /// The caller's context.
    pub const fn span_context(&self) -> Option<&SpanContext> {
        self.context.as_ref()
    }

    /// The caller's decision: with ids or alone.
    pub const fn sampling(&self) -> Sampling {
        self.decision
    }

    /// True if a server may share the caller's span id.
    pub const fn is_joinable(&self) -> bool {
        self.joinable
    }

    /// What was carried beside ids and decision.
    pub const fn extra(&self) -> Option<&Arc<Extra>> {
        self.extra.as_ref()
    }

    /// The debug correlation id.
    pub fn debug_id(&self) -> Option<&str> {
        self.debug_id.as_deref()
    }

    /// True if there was neither context nor decision.
    pub const fn is_absent(&self) -> bool {
        self.context.is_none() && !self.decision.is_decided()
    }
}
