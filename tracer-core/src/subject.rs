//! What a span is about, told only where somebody wants to know.

use std::fmt;

use crate::operation::Operation;
use crate::span::Span;
use crate::tag::Name;

/// Knows what a span that starts is about. Finding it out costs something (a look-up of the route,
/// a clean URL), and of most spans that are not recorded nobody asks.
pub trait Subject {
    /// The name. Asked more than once, it says the same.
    fn name(&self) -> Name<'_>;

    /// What the span has in common with others, if somebody keeps it ready: its name is the
    /// [`name`](Self::name). Asked more than once, it says the same.
    fn operation(&self) -> Option<&'static Operation> {
        None
    }

    /// Tells a new span of its tags and of the other side, as far as its operation does not. Called
    /// once, and only if the span is recorded.
    fn describe(&self, span: &mut dyn Span);
}

/// The name of a span that starts: said, or to be asked for.
#[derive(Clone, Copy)]
pub struct StartName<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Said(Name<'a>),
    Asked(&'a dyn Subject),
}

impl<'a> StartName<'a> {
    /// A name that is known.
    pub const fn said(name: Name<'a>) -> Self {
        Self(Source::Said(name))
    }

    pub(crate) const fn asked(subject: &'a dyn Subject) -> Self {
        Self(Source::Asked(subject))
    }

    pub(crate) const fn subject(&self) -> Option<&'a dyn Subject> {
        match self.0 {
            Source::Said(_) => None,
            Source::Asked(subject) => Some(subject),
        }
    }

    /// The name, if it was said and nobody need be asked.
    #[inline]
    pub const fn if_said(&self) -> Option<Name<'a>> {
        match self.0 {
            Source::Said(name) => Some(name),
            Source::Asked(_) => None,
        }
    }

    /// The name.
    #[inline]
    pub fn get(&self) -> Name<'a> {
        match self.0 {
            Source::Said(name) => name,
            Source::Asked(subject) => subject.name(),
        }
    }
}

impl<'a> From<Name<'a>> for StartName<'a> {
    fn from(name: Name<'a>) -> Self {
        Self::said(name)
    }
}

impl<'a> From<&'a str> for StartName<'a> {
    fn from(name: &'a str) -> Self {
        Self::said(Name::Text(name))
    }
}

impl fmt::Debug for StartName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
