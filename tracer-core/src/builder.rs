//! The fluent form of starting a span.

use std::time::SystemTime;

use crate::context::{Extracted, SpanContext};
use crate::current::ScopedSpan;
use crate::key::Key;
use crate::magic::{self, Field};
use crate::span::{OpenSpan, SpanRef};
use crate::tag::{Kind, Name, Tag, Value};
use crate::tracer::{Parent, Reference, ReferenceKind, SpanStart, Tracer};

/// Tags set on the builder up to this number need no allocation.
const INLINE_TAGS: usize = 4;

/// Builds a span; see [`TracerExt::span`](crate::TracerExt::span).
///
/// Starting does not activate: see [`SpanRef::enter`] and
/// [`in_span`](crate::current::FutureExt::in_span).
#[must_use = "a builder does nothing until it is started"]
pub struct SpanBuilder<'a> {
    tracer: &'a dyn Tracer,
    start: SpanStart<'a>,
    parent: Chosen<'a>,
    references: Vec<Reference>,
    inline: [Tag<'a>; INLINE_TAGS],
    inline_len: usize,
    spilled: Vec<Tag<'a>>,
    error: Option<Tag<'a>>,
    // Some tag may name a field of the other side.
    names_peer: bool,
}

enum Chosen<'a> {
    Current,
    Root,
    Span(SpanRef),
    Follows(SpanContext),
    Remote(&'a Extracted),
}

// Inlined, because a builder that is handed from call to call is copied each time.
impl<'a> SpanBuilder<'a> {
    #[inline]
    pub(crate) fn new(tracer: &'a dyn Tracer, name: Name<'a>) -> Self {
        Self {
            tracer,
            start: SpanStart::new(name),
            parent: Chosen::Current,
            references: Vec::new(),
            inline: [Tag {
                key: Key::text(""),
                value: Value::Bool(false),
            }; INLINE_TAGS],
            inline_len: 0,
            spilled: Vec::new(),
            error: None,
            names_peer: false,
        }
    }

    /// The role of the span. Local unless said.
    #[inline]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.start.kind = kind;
        self
    }

    /// The span is a child of this one. The first `child_of` (or [`continues`](Self::continues)) is
    /// the parent; every further reference is kept as a reference. With no span, as the only
    /// reference, a new trace starts, whatever is current.
    #[inline]
    pub fn child_of(mut self, parent: impl Into<SpanRef>) -> Self {
        let parent = parent.into();
        if self.has_parent() {
            self.refer(ReferenceKind::ChildOf, &parent);
        } else if parent.has_children() {
            self.keep_follows();
            self.parent = Chosen::Span(parent);
        } else if matches!(self.parent, Chosen::Current | Chosen::Root) {
            self.parent = Chosen::Span(parent);
        }
        self
    }

    /// The span follows from this one, which does not wait for it. It is the parent if it is the
    /// first reference and no `child_of` comes.
    #[inline]
    pub fn follows_from(mut self, earlier: impl Into<SpanRef>) -> Self {
        let earlier = earlier.into();
        if self.has_parent() || matches!(self.parent, Chosen::Follows(_)) {
            self.refer(ReferenceKind::FollowsFrom, &earlier);
        } else if let Some(context) = earlier.to_context() {
            self.parent = Chosen::Follows(context);
        }
        self
    }

    /// True if what is chosen is a `ChildOf` to something that exists.
    #[inline]
    fn has_parent(&self) -> bool {
        match &self.parent {
            Chosen::Span(span) => span.has_children(),
            Chosen::Remote(extracted) => extracted.span_context().is_some(),
            Chosen::Current | Chosen::Root | Chosen::Follows(_) => false,
        }
    }

    /// A `ChildOf` takes the place of a `FollowsFrom` that came first.
    fn keep_follows(&mut self) {
        if let Chosen::Follows(context) = &self.parent {
            let earlier = Reference {
                kind: ReferenceKind::FollowsFrom,
                context: context.clone(),
            };
            self.references.insert(0, earlier);
        }
    }

    fn refer(&mut self, kind: ReferenceKind, span: &SpanRef) {
        if let Some(context) = span.to_context() {
            self.references.push(Reference { kind, context });
        }
    }

    /// The span continues what came with a request or a message: a `ChildOf` reference, if there
    /// was a context. If nothing came and there is no other reference, a new trace starts, whatever
    /// is current.
    #[inline]
    pub fn continues(mut self, extracted: &'a Extracted) -> Self {
        match (self.has_parent(), extracted.span_context()) {
            (true, Some(context)) => self.refer(ReferenceKind::ChildOf, &context.into()),
            (true, None) => {}
            (false, None) if matches!(self.parent, Chosen::Follows(_)) => {}
            (false, _) => {
                self.keep_follows();
                self.parent = Chosen::Remote(extracted);
            }
        }
        self
    }

    /// The span starts a trace of its own, whatever is current (`ignore_active_span`).
    #[inline]
    pub fn root(mut self) -> Self {
        self.parent = Chosen::Root;
        self
    }

    /// When the span started; now unless said.
    #[inline]
    pub fn start_time(mut self, start: SystemTime) -> Self {
        self.start.start = Some(start);
        self
    }

    /// Sets a tag. `error`, `span.kind`, `sampling.priority` and `peer.*` set the field that they
    /// name, as [`SpanRef::set_tag`] does.
    #[inline]
    pub fn tag(mut self, key: impl Into<Key<'a>>, value: impl Into<Value<'a>>) -> Self {
        let tag = Tag::new(key, value);
        let field = magic::field(&tag);
        self.names_peer |= matches!(field, Some(Field::Peer));
        match field {
            Some(Field::Kind(kind)) => self.start.kind = kind,
            Some(Field::Priority(sampling)) => self.start.priority = Some(sampling),
            Some(Field::Error(_) | Field::Message) => self.error = Some(tag),
            Some(Field::Peer) | None => match self.inline.get_mut(self.inline_len) {
                Some(slot) => {
                    *slot = tag;
                    self.inline_len += 1;
                }
                None => self.spilled.push(tag),
            },
        }
        self
    }

    /// Starts the span. It is not current yet.
    #[inline]
    pub fn start(self) -> OpenSpan {
        let current;
        let mut start = self.start;
        start.references = &self.references;
        start.parent = match &self.parent {
            Chosen::Root => Parent::None,
            Chosen::Remote(extracted) => Parent::Remote(extracted),
            Chosen::Span(span) => Parent::Local(span),
            Chosen::Follows(context) => Parent::Follows(context),
            Chosen::Current => {
                current = SpanRef::current();
                Parent::Local(&current)
            }
        };
        let inline = self.inline.get(..self.inline_len).unwrap_or_default();
        if !self.names_peer {
            start.tags = inline;
        }
        let mut span = self.tracer.start_span(start);
        if span.is_recording() {
            if self.names_peer {
                for tag in inline.iter().chain(&self.spilled) {
                    span.set_tag(tag.key, tag.value);
                }
            } else if !self.spilled.is_empty() {
                span.set_tags_mut(&self.spilled);
            }
            if let Some(error) = self.error {
                span.set_tag(error.key, error.value);
            }
        }
        span
    }

    /// Starts the span and makes it current until the scope is dropped, which finishes it.
    #[inline]
    pub fn start_active(self) -> ScopedSpan {
        self.start().into_scope()
    }

    /// Runs `f` with the span current and finishes it.
    pub fn in_scope<T>(self, f: impl FnOnce(&SpanRef) -> T) -> T {
        let scope = self.start_active();
        f(scope.span())
    }
}

impl From<SpanContext> for SpanRef {
    fn from(context: SpanContext) -> Self {
        Self::from_context(context)
    }
}

impl From<&SpanContext> for SpanRef {
    fn from(context: &SpanContext) -> Self {
        Self::from_context(context.clone())
    }
}

impl From<&SpanRef> for SpanRef {
    fn from(span: &SpanRef) -> Self {
        span.clone()
    }
}

impl From<&OpenSpan> for SpanRef {
    fn from(span: &OpenSpan) -> Self {
        span.handle()
    }
}

impl std::fmt::Debug for SpanBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SpanBuilder")
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}
