//! What the rules see of requests and responses.

use actix_web::body::BodySize;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{CONTENT_TYPE, HOST, HeaderValue};
use tracer_core::Extract;
use tracer_core::http::{self, RequestView};

use crate::carrier::Headers;

pub(super) struct View<'a> {
    request: &'a ServiceRequest,
    headers: Headers<'a>,
}

impl<'a> View<'a> {
    pub(super) fn new(request: &'a ServiceRequest) -> Self {
        Self {
            request,
            headers: Headers(request.headers()),
        }
    }
}

// No route: nothing is routed yet, and finding the pattern allocates.
impl RequestView for View<'_> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn path(&self) -> &str {
        self.request.path()
    }

    fn query(&self) -> Option<&str> {
        self.request.uri().query()
    }

    // Not `connection_info()`, which believes the client's forwarding headers.
    fn scheme(&self) -> Option<&str> {
        let secure = self.request.app_config().secure();
        Some(if secure { "https" } else { "http" })
    }

    fn host(&self) -> Option<&str> {
        let authority = self.request.uri().authority();
        authority.map(|authority| authority.as_str()).or_else(|| {
            let host = self.request.headers().get(HOST)?;
            host.to_str().ok()
        })
    }

    fn peer(&self) -> Option<std::net::SocketAddr> {
        self.request.peer_addr()
    }

    fn headers(&self) -> &dyn Extract {
        &self.headers
    }

    fn content_type(&self) -> Option<&[u8]> {
        let value = self.request.headers().get(CONTENT_TYPE);
        value.map(HeaderValue::as_bytes)
    }
}

/// The transport never polls a body of no bytes.
pub(super) fn body_size(size: BodySize) -> http::BodySize {
    match size {
        BodySize::None | BodySize::Sized(0) => http::BodySize::ENDED,
        BodySize::Sized(bytes) => http::BodySize {
            ended: false,
            exact: Some(bytes),
        },
        BodySize::Stream => http::BodySize::UNKNOWN,
    }
}
