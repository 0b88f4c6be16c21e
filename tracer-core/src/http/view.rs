//! What an adapter shows of its requests and responses. Bodies are never seen.

use std::net::SocketAddr;

use crate::carrier::Extract;

/// A request without its body, as the protocol rules see it. Every getter is lazy: on the path of an
/// unsampled request only few are called.
pub trait RequestView {
    /// The method as it was sent: `GET`.
    fn method(&self) -> &str;

    /// The path as the client sent it, without the query. A nested router that strips a prefix does
    /// not change it.
    fn path(&self) -> &str;

    /// The query, without the question mark.
    fn query(&self) -> Option<&str> {
        None
    }

    /// `http`, `https`.
    fn scheme(&self) -> Option<&str> {
        None
    }

    /// The authority: `host`, `host:port`; user info in front of it is never recorded.
    fn host(&self) -> Option<&str> {
        None
    }

    /// The template of the route that serves it (`/users/{id}`), if it is known already; of an
    /// outgoing request the template that its caller gave.
    fn route(&self) -> Option<&str> {
        None
    }

    /// The address at the other end of the socket.
    fn peer(&self) -> Option<SocketAddr> {
        None
    }

    /// Of an outgoing request: which repetition it is, from 1. `None` for the first attempt.
    fn resend_count(&self) -> Option<u32> {
        None
    }

    /// The headers.
    fn headers(&self) -> &dyn Extract;

    /// The content type. Carriers that find a header faster by its static name override it.
    fn content_type(&self) -> Option<&[u8]> {
        self.headers().get("content-type")
    }
}

/// What is known of a body when the headers of its message are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BodySize {
    /// True if nothing will come (`is_end_stream`).
    pub ended: bool,
    /// The exact length in bytes, if the body knows it (an exact `size_hint`). Without it the
    /// response's `content-length` counts.
    pub exact: Option<u64>,
}

impl BodySize {
    /// A body of unknown length that has not ended.
    pub const UNKNOWN: Self = Self {
        ended: false,
        exact: None,
    };

    /// A body of which nothing will come.
    pub const ENDED: Self = Self {
        ended: true,
        exact: Some(0),
    };
}

/// A response without its body.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ResponseView<'a> {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: &'a dyn Extract,
    /// What is known of the body.
    pub body: BodySize,
    /// True if the transport sends the body in chunks, whatever length the headers tell.
    pub chunked: bool,
    /// `Some(false)`: the framework says that no route matched. `None`: it says nothing.
    pub matched: Option<bool>,
}

impl<'a> ResponseView<'a> {
    /// A response of which nothing more is known.
    pub fn new(status: u16, headers: &'a dyn Extract) -> Self {
        Self {
            status,
            headers,
            body: BodySize::UNKNOWN,
            chunked: false,
            matched: None,
        }
    }

    /// The length of the body to come in bytes: what the body itself knows, else what the headers
    /// say.
    pub fn length(&self) -> Option<u64> {
        self.body.exact.or_else(|| {
            if self.chunked {
                return None;
            }
            let text = std::str::from_utf8(self.headers.get("content-length")?).ok()?;
            text.trim().parse().ok()
        })
    }

    /// The same with what is known of its body.
    pub fn body(mut self, body: BodySize) -> Self {
        self.body = body;
        self
    }

    /// The same with a body that the transport sends in chunks, whatever length the headers tell.
    pub fn in_chunks(mut self) -> Self {
        self.chunked = true;
        self
    }

    /// The same with what the framework says about routing.
    pub fn matched(mut self, matched: Option<bool>) -> Self {
        self.matched = matched;
        self
    }
}

impl std::fmt::Debug for ResponseView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResponseView")
            .field("status", &self.status)
            .field("body", &self.body)
            .field("chunked", &self.chunked)
            .field("matched", &self.matched)
            .finish_non_exhaustive()
    }
}
