//! A request of reqwest as the rules see it.

use ::reqwest::Request;
use tracer_core::Extract;
use tracer_core::http::RequestView;

use crate::carrier::Headers;

/// What a caller says about a request. Reqwest keeps the extensions of its requests to itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
    pub(super) template: Option<&'static str>,
    pub(super) attempt: u32,
}

pub(super) struct View<'a> {
    request: &'a Request,
    headers: Headers<'a>,
    said: Said,
}

impl<'a> View<'a> {
    pub(super) fn new(request: &'a Request, said: Said) -> Self {
        Self {
            request,
            headers: Headers(request.headers()),
            said,
        }
    }
}

impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn path(&self) -> &str {
        self.request.url().path()
    }

    fn query(&self) -> Option<&str> {
        self.request.url().query()
    }

    fn scheme(&self) -> Option<&str> {
        Some(self.request.url().scheme())
    }

    fn host(&self) -> Option<&str> {
        Some(self.request.url().authority())
    }

    fn route(&self) -> Option<&str> {
        self.said.template
    }

    fn resend_count(&self) -> Option<u32> {
        Some(self.said.attempt).filter(|count| *count > 0)
    }

    fn headers(&self) -> &dyn Extract {
        &self.headers
    }

    fn content_type(&self) -> Option<&[u8]> {
        self.headers.content_type()
    }
}
