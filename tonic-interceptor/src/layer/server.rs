//! The server's layer.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Extensions;
#[cfg(feature = "tls")]
use tokio::net::TcpStream;
#[cfg(feature = "tls")]
use tokio_rustls::server::TlsStream;
#[cfg(feature = "tls")]
use tonic::transport::server::Connected;
use tonic::transport::server::TcpConnectInfo;
use tower_layer::Layer;
use tracer_core::Tracer;
use tracer_core::http::HttpServer;
use tracer_tower::Server;

use super::failure;

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
///
/// Its rules are those of [`HttpServer`], changed by [`configure`](Self::configure). Tell it
///
/// * the server's timeout with [`rpc_timeout`](HttpServer::rpc_timeout), because tonic's timer sits
///   outside all layers: a call that is given up when it is over, and has no response yet, ends with
///   DEADLINE_EXCEEDED. A shorter `grpc-timeout` of the call counts without it.
/// * which methods there are with [`rpc_methods`](HttpServer::rpc_methods). Paths come from the
///   network, so a call that is answered UNIMPLEMENTED without a message is named `grpc`, with
///   `rpc.method=_OTHER`, unless its method is one of these.
#[derive(Clone, Debug)]
pub struct ServerLayer {
    tower: tracer_tower::ServerLayer,
}

impl ServerLayer {
    /// A layer that starts its spans with this tracer.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        let tower = tracer_tower::ServerLayer::new(tracer)
            .configure(|http| http.component("tonic").rpc())
            .peer(socket)
            .failures(failure::served);
        Self { tower }
    }

    /// Changes the rules: names, hooks, errors, metadata, trust.
    pub fn configure(mut self, rules: impl FnOnce(HttpServer) -> HttpServer) -> Self {
        self.tower = self.tower.configure(rules);
        self
    }

    /// Finds the address of the caller among a request's extensions, before those that tonic puts
    /// there are asked.
    pub fn peer(
        mut self,
        find: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.tower = self
            .tower
            .peer(move |from| find(from).or_else(|| socket(from)));
        self
    }
}

/// The caller's address. Where tonic itself does TLS, it puts the socket's own there too.
fn socket(extensions: &Extensions) -> Option<SocketAddr> {
    match extensions.get::<TcpConnectInfo>() {
        Some(socket) => socket.remote_addr(),
        None => behind_tls(extensions),
    }
}

/// Of a TLS stream that the application hands to tonic, what is said of the socket is in here alone.
#[cfg(feature = "tls")]
fn behind_tls(extensions: &Extensions) -> Option<SocketAddr> {
    // Tonic names the type only where it does TLS itself.
    type Info = <TlsStream<TcpStream> as Connected>::ConnectInfo;
    extensions.get::<Info>()?.get_ref().remote_addr()
}

#[cfg(not(feature = "tls"))]
const fn behind_tls(_: &Extensions) -> Option<SocketAddr> {
    None
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        self.tower.layer(inner)
    }
}
