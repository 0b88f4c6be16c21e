//! Requests as reqwest's users write them.

use std::fmt;
use std::future::Future;

use ::reqwest::{Body, Error, IntoUrl, Method, Request, RequestBuilder, Response};
use http::{HeaderName, HeaderValue};

use super::TracedClient;
use super::service::start;
use super::view::Said;

/// Each does what reqwest's client does, and its request is a span.
impl TracedClient {
    /// A request.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> TracedRequest {
        TracedRequest {
            client: self.clone(),
            builder: self.inner.request(method, url),
            said: Said::default(),
        }
    }

    /// A `GET` request.
    pub fn get(&self, url: impl IntoUrl) -> TracedRequest {
        self.request(Method::GET, url)
    }

    /// A `HEAD` request.
    pub fn head(&self, url: impl IntoUrl) -> TracedRequest {
        self.request(Method::HEAD, url)
    }

    /// A `POST` request.
    pub fn post(&self, url: impl IntoUrl) -> TracedRequest {
        self.request(Method::POST, url)
    }

    /// A `PUT` request.
    pub fn put(&self, url: impl IntoUrl) -> TracedRequest {
        self.request(Method::PUT, url)
    }

    /// A `PATCH` request.
    pub fn patch(&self, url: impl IntoUrl) -> TracedRequest {
        self.request(Method::PATCH, url)
    }

    /// A `DELETE` request.
    pub fn delete(&self, url: impl IntoUrl) -> TracedRequest {
        self.request(Method::DELETE, url)
    }

    /// Sends a finished request. The span starts now, below the current one.
    ///
    /// # Errors
    ///
    /// Reqwest's, unchanged.
    pub fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, Error>> + Send + use<> {
        start(&mut self.clone(), request, Said::default())
    }
}

/// A request that will be a span: reqwest's builder, and what the span should say.
#[must_use = "a request is sent by `send`"]
pub struct TracedRequest {
    client: TracedClient,
    builder: RequestBuilder,
    said: Said,
}

impl TracedRequest {
    /// The template of the path: the span is named `METHOD template`. Keep their number small.
    pub fn template(mut self, template: &'static str) -> Self {
        self.said.template = Some(template);
        self
    }

    /// Which repetition this is; 0 is the first attempt. Tagged `http.resend_count`.
    pub fn attempt(mut self, attempt: u32) -> Self {
        self.said.attempt = attempt;
        self
    }

    /// Adds a header.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.with(|request| request.header(name, value))
    }

    /// The body.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|request| request.body(body))
    }

    /// Everything else that reqwest's builder can do: `with(|request| request.json(&user))`.
    pub fn with(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.builder = change(self.builder);
        self
    }

    /// Sends it. The span starts now, below the current one. A request that cannot be built is not
    /// sent and has no span.
    ///
    /// # Errors
    ///
    /// Reqwest's, unchanged.
    pub fn send(mut self) -> impl Future<Output = Result<Response, Error>> + Send + use<> {
        let request = self.builder.build();
        let sent = request.map(|request| start(&mut self.client, request, self.said));
        async move { sent?.await }
    }
}

impl fmt::Debug for TracedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedRequest")
            .field("builder", &self.builder)
            .field("said", &self.said)
            .finish_non_exhaustive()
    }
}
