//! Nothing is known of a request but the request itself.

use std::net::SocketAddr;

use http::{Extensions, Uri};

/// Where a request goes.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// As it was sent.
    pub(crate) uri: &'a Uri,
}

impl<'a> Target<'a> {
    pub(crate) const fn of(_: &'a Extensions, uri: &'a Uri) -> Self {
        Self { uri }
    }

    /// The template of the route.
    pub(crate) const fn route(self, _: &Extensions) -> Option<&str> {
        None
    }
}

/// The address at the other end of the socket.
pub(crate) const fn peer(_: &Extensions) -> Option<SocketAddr> {
    None
}

/// Whether a route matched.
pub(crate) const fn matched(_: &Extensions) -> Option<bool> {
    None
}
