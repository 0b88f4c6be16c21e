//! What axum knows of a request. Each is looked up only when somebody asks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use http::{Extensions, Uri};

/// Where a request goes.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    /// As it was sent; nested routers strip the prefix from the request's.
    pub(crate) uri: &'a Uri,
    /// Another request's, whose extensions a handler hands on: it does not end as the request's does.
    others: Option<&'a Uri>,
}

impl<'a> Target<'a> {
    pub(crate) fn of(extensions: &'a Extensions, uri: &'a Uri) -> Self {
        let (uri, others) = match original_uri(extensions) {
            None => (uri, None),
            Some(sent) if sent.path() == uri.path() || ends_as(sent, uri) => (sent, None),
            others => (uri, others),
        };
        Self { uri, others }
    }

    /// The template of the route.
    pub(crate) fn route(self, extensions: &Extensions) -> Option<&str> {
        let route = matched_path(extensions);
        if self.others.is_none() {
            return route;
        }
        self.own_route(route?)
    }

    #[cold]
    fn own_route(self, route: &str) -> Option<&str> {
        own_part(route, self.others?.path(), self.uri.path())
    }
}

/// Whether a path is another one without its first segments.
#[cold]
fn ends_as(original: &Uri, uri: &Uri) -> bool {
    let path = uri.path().trim_matches('/');
    let before = original.path().trim_end_matches('/').strip_suffix(path);
    before.is_some_and(|before| path.is_empty() || before.ends_with('/'))
}

/// The part of a route that belongs to a path, where the request's extensions tell of another one, `others`.
fn own_part<'a>(route: &'a str, others: &str, path: &str) -> Option<&'a str> {
    let splits = || route.match_indices('/').map(|(at, _)| route.split_at(at));
    // Behind another request's.
    let left = |(before, own): &(&str, &str)| fits(before, others) && fits(own, path);
    if let Some((_, own)) = splits().find(left) {
        return Some(own);
    }
    let begins = |own| fits(own, path) && first(own) == first(path);
    if fits(route, others) {
        // Most likely the other's alone.
        return begins(route).then_some(route);
    }
    if fits(route, path) {
        return Some(route);
    }
    // This one's, rewritten on its way: there is no telling what stands in front. A part that begins with a
    // parameter would fit any path.
    splits().map(|(_, own)| own).find(|own| begins(own))
}

/// The first segment.
fn first(path: &str) -> Option<&str> {
    path.split('/').nth(1)
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

fn matched_path(extensions: &Extensions) -> Option<&str> {
    extensions.get::<MatchedPath>().map(MatchedPath::as_str)
}

/// The address at the other end of the socket.
pub(crate) fn peer(extensions: &Extensions) -> Option<SocketAddr> {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|peer| peer.0)
}

/// `Some(false)` if a router has looked at the request and no route matched, or a service that is nested in it,
/// of which axum tells nothing. A layer around the router sees neither, and then nobody knows.
pub(crate) fn matched(extensions: &Extensions) -> Option<bool> {
    original_uri(extensions)?;
    Some(matched_path(extensions).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_route_that_another_request_left_behind_the_own_part_counts() {
        for (route, others, path, own) in [
            ("/batch", "/batch", "/boom", None),
            // axum has put the routes together.
            ("/batch/boom", "/batch", "/boom", Some("/boom")),
            ("/u/{id}/u/{id}", "/u/7", "/u/8", Some("/u/{id}")),
            ("/batch/{*rest}", "/batch", "/a/b", Some("/{*rest}")),
            // The request before this one was handed on too.
            ("/batch/boom", "/batch", "/nothing", None),
            ("/batch/mid/boom", "/batch", "/boom", Some("/boom")),
            // Rewritten behind a prefix.
            ("/v1/u/{id}", "/v1/p/7", "/u/7", Some("/u/{id}")),
            ("/v1/{id}", "/v1/p/7", "/7", None),
            // Nothing matched: the route is another's to its end.
            ("/v1/u/{id}", "/v1/u/me", "/u/7", None),
            ("/{tenant}", "/acme", "/part", None),
            ("/{*rest}", "/a/b", "/part", None),
            ("/u/{id}", "/u/7", "/u/8", Some("/u/{id}")),
            // Behind a catch-all.
            ("/{*rest}/u/{id}", "/p/7", "/u/7", Some("/u/{id}")),
            ("/{t}/{*rest}/u/{id}", "/a/p/7", "/u/7", Some("/u/{id}")),
            // Rewritten before any router but the first had a route.
            ("/new/{id}", "/old/7", "/new/7", Some("/new/{id}")),
            ("/new/{*rest}", "/old/7", "/new/7/8", Some("/new/{*rest}")),
            ("/new/{id}", "/old/7", "/new/7/8", None),
            ("/new/{id}", "/old/7", "/new", None),
        ] {
            assert_eq!(own_part(route, others, path), own, "{route} {path}");
        }
    }
}
