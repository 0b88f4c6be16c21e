//! The client's layer.

use std::sync::Arc;
use std::time::Duration;

use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_tower::Client;

use super::failure;
use super::settings::common_setters;

/// Makes a CLIENT span of every call, sends its context along, and takes the status from the
/// trailers.
///
/// ```
/// use std::sync::Arc;
/// use tonic::transport::{Channel, Endpoint};
/// use tower::ServiceBuilder;
/// use tracer_core::NoopTracer;
/// use tracer_tonic::{Client, ClientLayer};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let channel = Endpoint::from_static("http://orders.example:50051").connect_lazy();
/// let layer = ClientLayer::new(Arc::new(NoopTracer)).peer_service("orders");
/// let traced: Client<Channel> = ServiceBuilder::new().layer(layer).service(channel);
/// // OrdersClient::new(traced)
/// # });
/// ```
///
/// The span covers the time that a channel needs to connect, and the call's place in its queue. A
/// channel does not say whom it calls: [`peer_service`](Self::peer_service) and
/// [`peer_address`](Self::peer_address) do.
#[derive(Clone, Debug)]
pub struct ClientLayer {
    tower: tracer_tower::ClientLayer,
}

impl ClientLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        let tower = tracer_tower::ClientLayer::new(tracer)
            .component("tonic")
            .rpc()
            .failures(failure::tell);
        Self { tower }
    }

    common_setters!(tracer_tower::ClientLayer);

    /// The name of the service that is called (`peer.service`): it draws the edge to a server that
    /// is not traced.
    pub fn peer_service(self, name: &str) -> Self {
        self.map(|tower| tower.peer_service(name))
    }

    /// The `host:port` that is called. Empty unless said: of a channel, and all the more of one that
    /// balances its load, only the path is seen.
    pub fn peer_address(self, authority: &str) -> Self {
        self.map(|tower| tower.peer_address(authority))
    }

    /// The value that the endpoint was given as its timeout: a call that its caller gives up when it
    /// is over ends with DEADLINE_EXCEEDED. A shorter one of the request counts without it.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|tower| tower.rpc_timeout(timeout))
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        self.tower.layer(inner)
    }
}
