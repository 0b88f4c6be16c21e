//! A request as the rules see it.

use std::cell::Cell;
use std::net::SocketAddr;
use std::sync::Arc;

use http::header::HOST;
use http::{Extensions, Method, Request, Uri};
use tracer_core::Extract;
use tracer_core::http::RequestView;

use crate::carrier::Headers;
use crate::facts::{self, Target};

/// Finds the address at the other end of the socket.
pub(super) type PeerFn = Arc<dyn Fn(&Extensions) -> Option<SocketAddr> + Send + Sync>;

pub(super) struct View<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: Headers<'a>,
    extensions: &'a Extensions,
    peer: Option<&'a PeerFn>,
    /// Looked up once.
    target: Cell<Option<Target<'a>>>,
}

impl<'a> View<'a> {
    pub(super) fn new<B>(request: &'a Request<B>, peer: Option<&'a PeerFn>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: Headers(request.headers()),
            extensions: request.extensions(),
            peer,
            target: Cell::new(None),
        }
    }

    fn target(&self) -> Target<'a> {
        self.target.get().unwrap_or_else(|| {
            let target = Target::of(self.extensions, self.uri);
            self.target.set(Some(target));
            target
        })
    }
}

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.target().uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.target().uri.query()
    }

    fn scheme(&self) -> Option<&str> {
        self.target().uri.scheme_str()
    }

    fn host(&self) -> Option<&str> {
        let authority = self.target().uri.authority().map(|host| host.as_str());
        authority.or_else(|| self.headers.0.get(HOST)?.to_str().ok())
    }

    fn route(&self) -> Option<&str> {
        self.target().route(self.extensions)
    }

    fn peer(&self) -> Option<SocketAddr> {
        self.peer
            .and_then(|peer| peer(self.extensions))
            .or_else(|| facts::peer(self.extensions))
    }

    fn headers(&self) -> &dyn Extract {
        &self.headers
    }

    fn content_type(&self) -> Option<&[u8]> {
        self.headers.content_type()
    }
}
