//! What axum knows of a request. Each is looked up only when somebody asks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use http::{Extensions, Uri};

/// The template of the route.
pub(crate) fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// The target as it was sent; nested routers strip the prefix from the request's.
pub(crate) fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    extensions.get::<OriginalUri>().map(|uri| &uri.0)
}

/// The address at the other end of the socket.
pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0)
}

/// `Some(false)` if a router has looked at the request and no route matched. A layer around the
/// router sees neither, and then nobody knows.
pub(crate) fn matched(extensions: &Extensions) -> Option<bool> {
    original_uri(extensions)?;
    Some(route(extensions).is_some())
}

/// In a response's extensions: a route was found further in, so that a handler's 404 is not
/// "nothing matched".
#[derive(Clone, Copy)]
pub(crate) struct Found;

/// What [`matched`] said, unless somebody further in knows better.
pub(crate) fn matched_after(before: Option<bool>, response: &Extensions) -> Option<bool> {
    match response.get::<Found>() {
        Some(Found) => Some(true),
        None => before,
    }
}
