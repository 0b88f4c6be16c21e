//! The layer and its settings.

use std::sync::Arc;

use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::HttpClient;

use super::service::Client;
use crate::error::FailureFn;
use crate::settings::common_setters;

/// Makes a CLIENT span of every call. See the [module docs](crate::client).
#[derive(Clone, Debug)]
pub struct ClientLayer {
    pub(crate) handler: HttpClient,
    pub(crate) failures: Option<FailureFn>,
}

impl ClientLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        Self::from_handler(HttpClient::new(tracer, "tower"))
    }

    /// A layer with the settings of this handler.
    pub const fn from_handler(handler: HttpClient) -> Self {
        Self {
            handler,
            failures: None,
        }
    }

    /// The handler.
    pub const fn handler(&self) -> &HttpClient {
        &self.handler
    }

    common_setters!();

    /// As [`HttpClient::peer_service`].
    pub fn peer_service(mut self, name: &str) -> Self {
        self.handler = self.handler.peer_service(name);
        self
    }

    /// As [`HttpClient::peer_address`].
    pub fn peer_address(mut self, authority: &str) -> Self {
        self.handler = self.handler.peer_address(authority);
        self
    }

    /// As [`HttpClient::inject_to`].
    pub fn inject_to(mut self, allowed: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.handler = self.handler.inject_to(allowed);
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client::new(inner, self.clone())
    }
}
