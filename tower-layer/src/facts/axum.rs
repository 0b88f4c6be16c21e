//! What axum knows of a request. Each is looked up only when somebody asks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use http::{Extensions, Uri};

/// The template of the route.
pub(crate) fn route(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// The target as it was sent; nested routers strip the prefix from the request's. One that does not end as
/// the request's does was left by another request, whose extensions a handler hands on.
pub(crate) fn target<'a>(extensions: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    match original_uri(extensions) {
        Some(original) if original.path() == uri.path() || ends_as(original, uri) => original,
        _ => uri,
    }
}

#[cold]
fn ends_as(original: &Uri, uri: &Uri) -> bool {
    let path = uri.path().trim_matches('/');
    original.path().trim_end_matches('/').ends_with(path)
}

fn original_uri(extensions: &Extensions) -> Option<&Uri> {
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
