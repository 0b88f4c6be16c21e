//! The layer and its settings.

use tower_layer::Layer;
use tracer_core::http::Side;

use super::service::Messages;
use super::watch::Events;

/// Counts the messages of requests and, if told to, logs messages. See the
/// [module docs](crate::messages).
#[derive(Clone, Copy, Debug)]
pub struct MessageLayer {
    pub(super) side: Side,
    pub(super) events: Events,
}

impl MessageLayer {
    /// For inside a [`ServerLayer`](crate::ServerLayer).
    pub const fn server() -> Self {
        Self::new(Side::Server)
    }

    /// For inside a [`ClientLayer`](crate::ClientLayer).
    pub const fn client() -> Self {
        Self::new(Side::Client)
    }

    const fn new(side: Side) -> Self {
        Self {
            side,
            events: Events::NONE,
        }
    }

    /// Logs an event for each of the first messages of either direction, this many. None unless
    /// said.
    pub const fn events(mut self, at_most: u32) -> Self {
        self.events.at_most = at_most;
        self
    }

    /// Adds the first bytes of the messages to their events, this many. None unless said: messages
    /// hold what your callers entrust to you.
    pub const fn payloads(mut self, bytes: usize) -> Self {
        self.events.payload = bytes;
        self
    }
}

impl<S> Layer<S> for MessageLayer {
    type Service = Messages<S>;

    fn layer(&self, inner: S) -> Messages<S> {
        Messages::new(inner, *self)
    }
}
