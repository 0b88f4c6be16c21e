//! Nothing is known of a request but the request itself.

use std::net::SocketAddr;

use http::{Extensions, Uri};

/// The template of the route.
pub(crate) const fn route(_: &Extensions) -> Option<&str> {
    None
}

/// The target as it was sent.
pub(crate) const fn original_uri(_: &Extensions) -> Option<&Uri> {
    None
}

/// The address at the other end of the socket.
pub(crate) const fn peer(_: &Extensions) -> Option<SocketAddr> {
    None
}

/// Whether a route matched.
pub(crate) const fn matched(_: &Extensions) -> Option<bool> {
    None
}

/// What [`matched`] said.
pub(crate) const fn matched_after(before: Option<bool>, _: &Extensions) -> Option<bool> {
    before
}
