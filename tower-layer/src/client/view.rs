//! An outgoing request as the rules see it.

use http::header::HOST;
use http::{Extensions, Method, Request, Uri};
use tracer_core::Extract;
use tracer_core::http::RequestView;

use super::attempt::{Attempt, Template};
use crate::carrier::Headers;

pub(super) struct View<'a> {
    method: &'a Method,
    uri: &'a Uri,
    headers: Headers<'a>,
    extensions: &'a Extensions,
}

impl<'a> View<'a> {
    pub(super) fn new<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: request.uri(),
            headers: Headers(request.headers()),
            extensions: request.extensions(),
        }
    }
}

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn scheme(&self) -> Option<&str> {
        self.uri.scheme_str()
    }

    fn host(&self) -> Option<&str> {
        let authority = self.uri.authority().map(|host| host.as_str());
        authority.or_else(|| self.headers.0.get(HOST)?.to_str().ok())
    }

    fn route(&self) -> Option<&str> {
        self.extensions.get::<Template>().map(|template| template.0)
    }

    fn resend_count(&self) -> Option<u32> {
        let attempt = self.extensions.get::<Attempt>()?;
        Some(attempt.0).filter(|count| *count > 0)
    }

    fn headers(&self) -> &dyn Extract {
        &self.headers
    }

    fn content_type(&self) -> Option<&[u8]> {
        self.headers.content_type()
    }
}
