//! The server's layer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use tonic::transport::server::TcpConnectInfo;
use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::{Incoming, TrustList};
use tracer_tower::Server;

use super::failure;
use super::settings::common_setters;

/// Makes a SERVER span of every call, with the status from its trailers.
///
/// ```no_run
/// use std::sync::Arc;
/// use tonic::transport::Server;
/// use tracer_core::NoopTracer;
/// use tracer_tonic::ServerLayer;
///
/// # async fn serve(routes: tonic::service::Routes) -> Result<(), tonic::transport::Error> {
/// Server::builder()
///     .layer(ServerLayer::new(Arc::new(NoopTracer)))
///     .add_routes(routes)
///     .serve(([127, 0, 0, 1], 50051).into())
///     .await
/// # }
/// ```
///
/// Put it outermost. With gRPC-web it belongs inside tonic's `GrpcWebLayer`, which makes gRPC of the
/// requests; outside of it they are plain HTTP, and no status is recorded.
#[derive(Clone, Debug)]
pub struct ServerLayer {
    tower: tracer_tower::ServerLayer,
}

impl ServerLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        let tower = tracer_tower::ServerLayer::new(tracer)
            .component("tonic")
            .rpc()
            .peer(socket)
            .failures(failure::tell);
        Self { tower }
    }

    common_setters!(tracer_tower::ServerLayer);

    /// Tells the layer which methods there are, as `pkg.Service/Method`. Paths come from the
    /// network, so a call that is answered UNIMPLEMENTED without a message is named `grpc`, with
    /// `rpc.method=_OTHER`, unless its method is one of these.
    pub fn methods<'m>(self, methods: impl IntoIterator<Item = &'m str>) -> Self {
        self.map(|tower| tower.rpc_methods(methods))
    }

    /// The value that the server was given as its timeout: a call that is given up when it is over
    /// ends with DEADLINE_EXCEEDED. A shorter `grpc-timeout` of the call counts without it. Told
    /// here because tonic's timer sits outside all layers.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.map(|tower| tower.rpc_timeout(timeout))
    }

    /// Finds the address of the caller among a request's extensions, before those that tonic puts
    /// there are asked.
    pub fn peer(
        self,
        find: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.map(|tower| tower.peer(move |from| find(from).or_else(|| socket(from))))
    }

    /// The proxies that may say who the caller is. Nobody unless said.
    pub fn trusted_proxies(self, proxies: TrustList) -> Self {
        self.map(|tower| tower.trusted_proxies(proxies))
    }

    /// What to do with the context that comes with calls: a layer at the edge need not trust it.
    pub fn incoming(self, incoming: Incoming) -> Self {
        self.map(|tower| tower.incoming(incoming))
    }
}

/// The caller's address. Of a TLS connection tonic puts the socket's own there too.
fn socket(extensions: &Extensions) -> Option<SocketAddr> {
    extensions.get::<TcpConnectInfo>()?.remote_addr()
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        self.tower.layer(inner)
    }
}
