//! How a call begins.

use std::sync::Arc;

use super::call::{Call, Role};
use super::method::Method;
use super::payload::Payload;
use super::policy::Side;
use super::settings::Settings;
use crate::in_flight::InFlight;
use crate::span::{OpenSpan, SpanRef};

/// What is known of a call when it begins.
pub(super) struct Begun {
    pub(super) side: Side,
    pub(super) method: Method,
    pub(super) payload: Payload,
    pub(super) flags: u8,
    pub(super) later: Option<Arc<Settings>>,
}

impl Begun {
    /// Of a call that is not recorded: nobody will ask what the request was about.
    pub(super) const fn unrecorded(side: Side) -> Self {
        Self {
            side,
            method: Method::Other,
            payload: Payload::NONE,
            flags: 0,
            later: None,
        }
    }
}

// Each is built where it is returned: a call is large, and moving it costs as much as making it.
impl Call {
    #[inline]
    pub(super) fn new(span: OpenSpan, begun: Begun) -> Self {
        Self::with(InFlight::new(span), Role::Owner, begun)
    }

    #[inline]
    pub(super) fn guest(span: SpanRef, begun: Begun) -> Self {
        Self::with(InFlight::borrowed(span), Role::Guest, begun)
    }

    #[inline]
    pub(super) fn idle(span: SpanRef, side: Side) -> Self {
        let begun = Begun::unrecorded(side);
        Self::with(InFlight::borrowed(span), Role::Idle, begun)
    }

    #[inline]
    fn with(flight: InFlight, role: Role, begun: Begun) -> Self {
        Self {
            flight,
            later: begun.later,
            payload: begun.payload,
            status: None,
            method: begun.method,
            side: begun.side,
            role,
            flags: begun.flags,
            code: None,
        }
    }
}

/// The call of a request that nobody traces.
impl Default for Call {
    fn default() -> Self {
        Self::idle(SpanRef::none(), Side::Server)
    }
}
