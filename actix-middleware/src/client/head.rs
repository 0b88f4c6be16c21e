//! The head of an outgoing request.

use actix_http::{RequestHead, RequestHeadType};
use awc::ConnectRequest;
use awc::http::header::{CONTENT_TYPE, HOST, HeaderValue};
use tracer_core::Extract;
use tracer_core::http::RequestView;

use crate::carrier::Headers;

/// The head, in a form whose headers can be changed.
pub(super) fn own(request: &mut ConnectRequest) -> Option<&mut RequestHead> {
    let head = match request {
        ConnectRequest::Tunnel(head, _) => return Some(head),
        ConnectRequest::Client(head, ..) => head,
    };
    if let RequestHeadType::Rc(shared, extra) = head {
        let mut owned = RequestHead::clone(shared);
        if let Some(extra) = extra.take() {
            for name in extra.keys() {
                owned.headers.remove(name);
            }
            for (name, value) in &extra {
                owned.headers.append(name.clone(), value.clone());
            }
        }
        *head = RequestHeadType::Owned(owned);
    }
    match head {
        RequestHeadType::Owned(head) => Some(head),
        RequestHeadType::Rc(..) => None,
    }
}

pub(super) struct View<'a> {
    head: &'a RequestHead,
    headers: Headers<'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(head: &'a RequestHead) -> Self {
        Self {
            head,
            headers: Headers(&head.headers),
        }
    }
}

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.head.method.as_str()
    }

    fn path(&self) -> &str {
        self.head.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.head.uri.query()
    }

    fn scheme(&self) -> Option<&str> {
        self.head.uri.scheme_str()
    }

    fn host(&self) -> Option<&str> {
        let authority = self.head.uri.authority();
        authority.map(|authority| authority.as_str()).or_else(|| {
            let host = self.head.headers.get(HOST)?;
            host.to_str().ok()
        })
    }

    fn headers(&self) -> &dyn Extract {
        &self.headers
    }

    fn content_type(&self) -> Option<&[u8]> {
        let value = self.head.headers.get(CONTENT_TYPE);
        value.map(HeaderValue::as_bytes)
    }
}
