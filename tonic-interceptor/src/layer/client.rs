//! The client's layer.

use std::sync::Arc;

use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::HttpClient;
use tracer_tower::Client;

use super::failure;

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
/// let layer = ClientLayer::new(Arc::new(NoopTracer))
///     .configure(|http| http.peer_service("orders"));
/// let traced: Client<Channel> = ServiceBuilder::new().layer(layer).service(channel);
/// // OrdersClient::new(traced)
/// # });
/// ```
///
/// The span covers the time that a channel needs to connect, and the call's place in its queue. A
/// channel does not say whom it calls, and all the less one that balances its load:
/// [`peer_service`](HttpClient::peer_service) and [`peer_address`](HttpClient::peer_address) do.
///
/// Its rules are those of [`HttpClient`], changed by [`configure`](Self::configure). Tell it the
/// endpoint's timeout with [`rpc_timeout`](HttpClient::rpc_timeout): a call that its caller gives up
/// when it is over, and that has no response yet, ends with DEADLINE_EXCEEDED. A shorter one of the request counts without it.
#[derive(Clone, Debug)]
pub struct ClientLayer {
    tower: tracer_tower::ClientLayer,
}

impl ClientLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        let tower = tracer_tower::ClientLayer::new(tracer)
            .configure(|http| http.component("tonic").rpc())
            .failures(failure::called);
        Self { tower }
    }

    /// Changes the rules: names, hooks, errors, metadata, the peer.
    pub fn configure(mut self, rules: impl FnOnce(HttpClient) -> HttpClient) -> Self {
        self.tower = self.tower.configure(rules);
        self
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        self.tower.layer(inner)
    }
}
