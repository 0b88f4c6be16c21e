//! The fluent form of starting a span.

use std::time::SystemTime;

use crate::context::{Extracted, SpanContext};
use crate::current::ScopedSpan;
use crate::key::Key;
use crate::magic::{self, Field};
use crate::sampling::Sampling;
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
    name: Name<'a>,
    at: Option<SystemTime>,
    parent: Chosen<'a>,
    inline: [Tag<'a>; INLINE_TAGS],
    more: Option<Box<More<'a>>>,
    inline_len: u8,
    kind: Kind,
    priority: Option<Sampling>,
    // Some tag may name a field, the error or one of the other side.
    has_fields: bool,
}

/// What few spans have. A builder is moved from call to call, and what is here is not moved along.
#[derive(Default)]
struct More<'a> {
    references: Vec<Reference>,
    /// Tags for which there was no room in line.
    tags: Vec<Tag<'a>>,
}

impl<'a> More<'a> {
    #[cold]
    fn with(more: Option<Box<Self>>, tag: Tag<'a>) -> Box<Self> {
        let mut more = more.unwrap_or_default();
        more.tags.push(tag);
        more
    }
}

enum Chosen<'a> {
    Current,
    Root,
    Span(SpanRef),
    /// What is not recorded: an earlier span as its context was, or the caller's own under "propagate
    /// only", which may have no context.
    Follows(SpanRef),
    Remote(&'a Extracted),
}

// What nearly every span is told is always in line: a builder that is handed from call to call is
// copied each time.
impl<'a> SpanBuilder<'a> {
    #[inline(always)]
    pub(crate) fn new(tracer: &'a dyn Tracer, name: Name<'a>) -> Self {
        Self {
            tracer,
            name,
            at: None,
            parent: Chosen::Current,
            inline: [Tag {
                key: Key::text(""),
                value: Value::Bool(false),
            }; INLINE_TAGS],
            more: None,
            inline_len: 0,
            kind: Kind::Local,
            priority: None,
            has_fields: false,
        }
    }

    /// The role of the span. Local unless said.
    #[inline(always)]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The span is a child of this one. The first `child_of` (or [`continues`](Self::continues)) is
    /// the parent; every further reference is kept as a reference. With no span, as the only
    /// reference, a new trace starts, whatever is current.
    #[inline(always)]
    pub fn child_of(mut self, parent: impl Into<SpanRef>) -> Self {
        let parent = parent.into();
        if matches!(self.parent, Chosen::Current) {
            self.parent = Chosen::Span(parent);
            return self;
        }
        self.child_of_too(parent)
    }

    /// Where something else was chosen before. Takes and returns the builder: one that is lent is not
    /// kept in place.
    #[inline(never)]
    fn child_of_too(mut self, parent: SpanRef) -> Self {
        if self.has_parent() {
            self.refer(ReferenceKind::ChildOf, &parent);
        } else if parent.has_children() {
            self.keep_follows();
            self.parent = Chosen::Span(parent);
        } else if matches!(self.parent, Chosen::Root) {
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
        } else if earlier.is_pass() {
            self.parent = Chosen::Follows(earlier);
        } else if let Some(context) = earlier.to_context() {
            self.parent = Chosen::Follows(SpanRef::from_context(context));
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
        if let Chosen::Follows(earlier) = &self.parent
            && let Some(context) = earlier.to_context()
        {
            let earlier = Reference {
                kind: ReferenceKind::FollowsFrom,
                context,
            };
            self.more().references.insert(0, earlier);
        }
    }

    fn refer(&mut self, kind: ReferenceKind, span: &SpanRef) {
        if let Some(context) = span.to_context() {
            self.more().references.push(Reference { kind, context });
        }
    }

    fn more(&mut self) -> &mut More<'a> {
        self.more.get_or_insert_default()
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
        self.at = Some(start);
        self
    }

    /// Sets a tag. `error`, `span.kind`, `sampling.priority` and `peer.*` set the field that they
    /// name, as [`SpanRef::set_tag`] does.
    #[inline(always)]
    pub fn tag(mut self, key: impl Into<Key<'a>>, value: impl Into<Value<'a>>) -> Self {
        let tag = Tag::new(key, value);
        match magic::field(&tag) {
            Some(Field::Kind(kind)) => self.kind = kind,
            Some(Field::Priority(sampling)) => self.priority = Some(sampling),
            field => {
                self.has_fields |= field.is_some();
                match self.inline.get_mut(usize::from(self.inline_len)) {
                    Some(slot) => {
                        *slot = tag;
                        self.inline_len += 1;
                    }
                    // The builder itself is lent to nobody: then it is built where it is used.
                    None => self.more = Some(More::with(self.more.take(), tag)),
                }
            }
        }
        self
    }

    /// Starts the span. It is not current yet.
    #[inline]
    pub fn start(self) -> OpenSpan {
        let current;
        let parent = match &self.parent {
            Chosen::Root => Parent::None,
            Chosen::Remote(extracted) => Parent::Remote(extracted),
            Chosen::Span(span) => Parent::Local(span),
            Chosen::Follows(earlier) => match earlier.context() {
                Some(context) if !earlier.is_pass() => Parent::Follows(context),
                _ => Parent::Local(earlier),
            },
            Chosen::Current => {
                current = SpanRef::current();
                Parent::Local(&current)
            }
        };
        let inline = self.inline.get(..usize::from(self.inline_len));
        let inline = inline.unwrap_or_default();
        let (references, more): (&[Reference], &[Tag<'_>]) = match &self.more {
            Some(more) => (&more.references, &more.tags),
            None => (&[], &[]),
        };
        let span = self.tracer.start_span(SpanStart {
            kind: self.kind,
            parent,
            references,
            tags: if self.has_fields { &[] } else { inline },
            start: self.at,
            priority: self.priority,
            ..SpanStart::new(self.name)
        });
        if span.is_recording() && (self.has_fields || !more.is_empty()) {
            return self.tell_rest(span);
        }
        span
    }

    /// Tells a recorded span those tags that it does not have yet.
    #[inline(never)]
    fn tell_rest(&self, mut span: OpenSpan) -> OpenSpan {
        let inline = self.inline.iter().take(usize::from(self.inline_len));
        let more = self.more.as_ref().map_or(&[][..], |more| &more.tags);
        if self.has_fields {
            for tag in inline.chain(more) {
                span.set_tag(tag.key, tag.value);
            }
        } else {
            span.set_tags_mut(more);
        }
        span
    }

    /// Starts the span and makes it current until the scope is dropped, which finishes it. Not for
    /// holding across an await: see [`SpanRef::enter`].
    #[inline]
    pub fn start_active(self) -> ScopedSpan {
        self.start().into_scope()
    }

    /// Runs `f` with the span current and finishes it.
    pub fn in_scope<T>(self, f: impl FnOnce(&SpanRef) -> T) -> T {
        let scope = self.start_active();
        let result = f(scope.span());
        scope.into_span().finish();
        result
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
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
