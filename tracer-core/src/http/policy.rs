//! What counts as an error, and what is traced at all.

use std::fmt;
use std::sync::Arc;

use super::view::RequestView;
use crate::guard::guarded;
use crate::sampling::Sampling;

/// Which side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// It answers.
    Server,
    /// It asks.
    Client,
}

/// Which statuses are errors.
#[derive(Clone, Default)]
pub struct ErrorPolicy(Policy);

#[derive(Clone, Default)]
enum Policy {
    #[default]
    BySide,
    Brave,
    Custom(Arc<dyn Fn(u16) -> bool + Send + Sync>),
}

impl ErrorPolicy {
    /// On a server 5xx, on a client 4xx and 5xx. The default.
    pub const fn by_side() -> Self {
        Self(Policy::BySide)
    }

    /// Brave's: 400 and above on both sides.
    pub const fn brave() -> Self {
        Self(Policy::Brave)
    }

    /// A rule of your own. If it panics, the status is judged [by side](Self::by_side).
    pub fn custom(is_error: impl Fn(u16) -> bool + Send + Sync + 'static) -> Self {
        Self(Policy::Custom(Arc::new(is_error)))
    }

    /// True if this status is an error on this side.
    #[inline]
    pub fn is_error(&self, side: Side, status: u16) -> bool {
        match (&self.0, side) {
            (Policy::BySide, Side::Server) => status >= 500,
            (Policy::BySide, Side::Client) | (Policy::Brave, _) => status >= 400,
            (Policy::Custom(is_error), _) => judged(&**is_error, side, status),
        }
    }

    pub(crate) const fn is_default(&self) -> bool {
        matches!(self.0, Policy::BySide)
    }
}

/// By a rule of the user's.
#[cold]
fn judged(is_error: &(dyn Fn(u16) -> bool + Send + Sync), side: Side, status: u16) -> bool {
    guarded(|| is_error(status)).unwrap_or_else(|| ErrorPolicy::by_side().is_error(side, status))
}

impl fmt::Debug for ErrorPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Policy::BySide => "ErrorPolicy::by_side",
            Policy::Brave => "ErrorPolicy::brave",
            Policy::Custom(_) => "ErrorPolicy::custom",
        })
    }
}

/// What a layer's rule says about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Sample the trace, if its caller did not decide.
    Trace,
    /// Do not sample the trace, if its caller did not decide. The decision is sent on.
    Skip,
    /// No span, whatever the caller decided: its context is handed on as it came.
    PropagateOnly,
}

impl Rule {
    pub(crate) const fn opinion(self) -> Option<Sampling> {
        match self {
            Self::Trace => Some(Sampling::Record),
            Self::Skip => Some(Sampling::Drop),
            Self::PropagateOnly => None,
        }
    }
}

/// Decides by what a request looks like; `None` is no opinion.
pub type RuleFn = Arc<dyn Fn(&dyn RequestView) -> Option<Rule> + Send + Sync>;

/// What a server layer does with the context that came with a request. What it does not continue is not
/// continued either where a handler hands the request on within the process, to layers that trust it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Incoming {
    /// Continues it.
    #[default]
    Trust,
    /// Starts a trace of its own, which refers to the caller's span as `FollowsFrom`. The caller's
    /// decision and baggage do not count.
    Follow,
    /// Starts a trace of its own; what came is dropped.
    Ignore,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_error_is_no_fault_of_the_server() {
        let errors = |policy: &ErrorPolicy, side| {
            [200, 302, 399, 400, 404, 499, 500, 503]
                .into_iter()
                .filter(|status| policy.is_error(side, *status))
                .collect::<Vec<_>>()
        };
        let default = ErrorPolicy::default();
        assert_eq!(errors(&default, Side::Server), [500, 503]);
        assert_eq!(errors(&default, Side::Client), [400, 404, 499, 500, 503]);
        let brave = ErrorPolicy::brave();
        assert_eq!(errors(&brave, Side::Server), errors(&default, Side::Client));
        let teapot = ErrorPolicy::custom(|status| status == 302);
        assert_eq!(errors(&teapot, Side::Client), [302]);
    }
}
