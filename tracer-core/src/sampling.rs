//! Whether a trace is recorded.

/// The sampling decision that travels with a trace (B3's four states).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// Nobody has decided yet; the next service decides.
    #[default]
    Defer,
    /// The trace is not sampled.
    Drop,
    /// The trace is sampled.
    Record,
    /// The trace is sampled whatever any sampler says.
    Debug,
}

impl Sampling {
    /// True for `Record` and `Debug`.
    pub const fn is_sampled(self) -> bool {
        matches!(self, Self::Record | Self::Debug)
    }

    /// True for everything but `Defer`.
    pub const fn is_decided(self) -> bool {
        !matches!(self, Self::Defer)
    }

    /// What becomes of it by the application's word ([`SpanStart::priority`](crate::SpanStart)): that. A trace
    /// that is debugged stays one when it is to be recorded.
    #[inline]
    pub const fn told(self, priority: Option<Self>) -> Self {
        match (self, priority) {
            (before, None) | (before @ Self::Debug, Some(Self::Record)) => before,
            (_, Some(told)) => told,
        }
    }
}
