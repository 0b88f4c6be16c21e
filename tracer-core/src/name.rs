//! Names that are found out only where somebody wants to know them.

use std::fmt;

use crate::tag::Name;

/// Knows the name of a span that starts. Finding it out costs something (a look-up of the route),
/// and of most spans that are not recorded nobody asks.
pub trait Named {
    /// The name. Asked more than once, it says the same.
    fn name(&self) -> Name<'_>;
}

/// The name of a span that starts: said, or to be asked for.
#[derive(Clone, Copy)]
pub struct StartName<'a>(Source<'a>);

#[derive(Clone, Copy)]
enum Source<'a> {
    Said(Name<'a>),
    Asked(&'a dyn Named),
}

impl<'a> StartName<'a> {
    /// A name that is known.
    pub const fn said(name: Name<'a>) -> Self {
        Self(Source::Said(name))
    }

    /// A name that is found out when it is wanted.
    pub const fn asked(from: &'a dyn Named) -> Self {
        Self(Source::Asked(from))
    }

    /// The name.
    #[inline]
    pub fn get(&self) -> Name<'a> {
        match self.0 {
            Source::Said(name) => name,
            Source::Asked(from) => from.name(),
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
