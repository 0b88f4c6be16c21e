//! The layer and its settings.

use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::Extensions;
use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::{HttpServer, Incoming, TrustList};

use super::service::Server;
use super::view::PeerFn;
use crate::error::FailureFn;
use crate::settings::common_setters;

/// Makes a SERVER span of every request. See the [module docs](crate::server).
#[derive(Clone)]
pub struct ServerLayer {
    pub(super) handler: HttpServer,
    pub(super) peer: Option<PeerFn>,
    pub(super) failures: Option<FailureFn>,
}

impl ServerLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        Self::from_handler(HttpServer::new(tracer, "tower"))
    }

    /// A layer with the settings of this handler.
    pub const fn from_handler(handler: HttpServer) -> Self {
        Self {
            handler,
            peer: None,
            failures: None,
        }
    }

    /// The handler: the tracer, and spans for upgraded connections
    /// ([`upgraded`](HttpServer::upgraded)).
    pub const fn handler(&self) -> &HttpServer {
        &self.handler
    }

    common_setters!();

    /// Finds the address at the other end of the socket among a request's extensions. Axum's
    /// `ConnectInfo<SocketAddr>` is found without it. If it panics, nothing is found.
    pub fn peer(
        mut self,
        find: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        // What only watches a request must not break it.
        let find = move |extensions: &Extensions| {
            let found = catch_unwind(AssertUnwindSafe(|| find(extensions)));
            found.ok().flatten()
        };
        self.peer = Some(Arc::new(find));
        self
    }

    /// As [`HttpServer::trusted_proxies`].
    pub fn trusted_proxies(mut self, proxies: TrustList) -> Self {
        self.handler = self.handler.trusted_proxies(proxies);
        self
    }

    /// As [`HttpServer::incoming`].
    pub fn incoming(mut self, incoming: Incoming) -> Self {
        self.handler = self.handler.incoming(incoming);
        self
    }

    /// As [`HttpServer::refuse_debug`].
    pub fn refuse_debug(mut self, refused: bool) -> Self {
        self.handler = self.handler.refuse_debug(refused);
        self
    }

    /// As [`HttpServer::trace_id_header`]. An error of the inner service has no response here, so
    /// what turns errors into responses goes inside of this layer.
    pub fn trace_id_header(mut self, name: &str) -> Self {
        self.handler = self.handler.trace_id_header(name);
        self
    }

    /// As [`HttpServer::rpc_methods`].
    pub fn rpc_methods<'m>(mut self, methods: impl IntoIterator<Item = &'m str>) -> Self {
        self.handler = self.handler.rpc_methods(methods);
        self
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server::new(inner, self.clone())
    }
}

impl fmt::Debug for ServerLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerLayer")
            .field("handler", &self.handler)
            .finish_non_exhaustive()
    }
}
