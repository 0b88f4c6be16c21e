//! Nothing is known of a request but the request itself.

use std::net::SocketAddr;

use http::{Extensions, Uri};

/// The template of the route.
pub(crate) const fn route<'a>(_: &'a Extensions, _: &Uri, _: &Uri) -> Option<&'a str> {
    None
}

/// The target as it was sent.
pub(crate) const fn target<'a>(_: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    uri
}

/// The address at the other end of the socket.
pub(crate) const fn peer(_: &Extensions) -> Option<SocketAddr> {
    None
}

/// Whether a route matched.
pub(crate) const fn matched(_: &Extensions) -> Option<bool> {
    None
}
