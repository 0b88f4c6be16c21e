//! The layer and its settings.

use std::fmt;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::Extensions;
use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::HttpServer;

use super::service::Server;
use super::view::PeerFn;
use crate::error::FailureFn;

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
        HttpServer::new(tracer, "tower").into()
    }

    /// The handler: the tracer, and spans for upgraded connections
    /// ([`upgraded`](HttpServer::upgraded)).
    pub const fn handler(&self) -> &HttpServer {
        &self.handler
    }

    /// Changes the rules: names, hooks, errors, headers, trust.
    pub fn configure(mut self, rules: impl FnOnce(HttpServer) -> HttpServer) -> Self {
        self.handler = rules(self.handler);
        self
    }

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

    /// What errors mean in the protocol that an adapter speaks. Errors of which this says nothing, or
    /// over which it panics, are recorded with their type's name and their text; in the usual boxes, which
    /// hide the type, as `error` (a time-out as `timeout`) with what is behind them.
    pub const fn failures(mut self, told: FailureFn) -> Self {
        self.failures = Some(told);
        self
    }
}

/// Rules that stand already, such as those that several layers share.
impl From<HttpServer> for ServerLayer {
    fn from(handler: HttpServer) -> Self {
        Self {
            handler,
            peer: None,
            failures: None,
        }
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
