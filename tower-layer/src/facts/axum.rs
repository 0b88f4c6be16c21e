//! What axum knows of a request. Each is looked up only when somebody asks.

use std::net::SocketAddr;
use std::ptr;

use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use http::{Extensions, Uri};

/// The template of the route of a request with this [`target`].
pub(crate) fn route<'a>(extensions: &'a Extensions, uri: &Uri, target: &Uri) -> Option<&'a str> {
    let route = extensions.get::<MatchedPath>()?.as_str();
    match original_uri(extensions) {
        Some(original) if ptr::eq(target, uri) => own_route(route, original.path(), uri.path()),
        _ => Some(route),
    }
}

/// The target as it was sent; nested routers strip the prefix from the request's. One that does not end as
/// the request's does was left by another request, whose extensions a handler hands on.
pub(crate) fn target<'a>(extensions: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    match original_uri(extensions) {
        Some(original) if original.path() == uri.path() || ends_as(original, uri) => original,
        _ => uri,
    }
}

/// Whether a path is another one without its first segments.
#[cold]
fn ends_as(original: &Uri, uri: &Uri) -> bool {
    let path = uri.path().trim_matches('/');
    let before = original.path().trim_end_matches('/').strip_suffix(path);
    before.is_some_and(|before| path.is_empty() || before.is_empty() || before.ends_with('/'))
}

/// The part of a route that belongs to a path, if the request's extensions were another's, with the path
/// `others`: that one's route may be all there is, or stand in front.
#[cold]
fn own_route<'a>(route: &'a str, others: &str, path: &str) -> Option<&'a str> {
    if fits(route, path) {
        return Some(route);
    }
    let mut splits = route.match_indices('/').map(|(at, _)| route.split_at(at));
    let own = splits.find(|(before, own)| fits(before, others) && fits(own, path));
    own.map(|(_, own)| own)
}

/// Whether a path may be one of this route.
fn fits(route: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for part in route.split('/') {
        match segments.next() {
            Some(_) if part.starts_with("{*") => return true,
            Some(segment) if part == segment || part.contains('{') => {}
            _ => return false,
        }
    }
    segments.next().is_none()
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
    Some(extensions.get::<MatchedPath>().is_some())
}
