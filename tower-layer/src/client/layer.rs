//! The layer and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::HttpClient;

use super::service::Client;
use crate::error::FailureFn;

/// Makes a CLIENT span of every call. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct ClientLayer {
    pub(crate) handler: HttpClient,
    pub(crate) failures: Option<FailureFn>,
}

impl ClientLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        HttpClient::new(tracer, "tower").into()
    }

    /// The handler.
    pub const fn handler(&self) -> &HttpClient {
        &self.handler
    }

    /// Changes the rules: names, hooks, errors, headers, the peer.
    pub fn configure(mut self, rules: impl FnOnce(HttpClient) -> HttpClient) -> Self {
        self.handler = rules(self.handler);
        self
    }

    /// What errors mean in the protocol that an adapter speaks. Errors of which this says nothing, or
    /// over which it panics, are recorded with their type's name and their text; in the usual boxes, which
    /// hide the type, as `error` (a time-out as `timeout`) with what is behind them.
    pub const fn failures(mut self, told: FailureFn) -> Self {
        self.failures = Some(told);
        self
    }
}

/// Rules that stand already, such as those that several layers share.
impl From<HttpClient> for ClientLayer {
    fn from(handler: HttpClient) -> Self {
        Self {
            handler,
            failures: None,
        }
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client::new(inner, self.clone())
    }
}
