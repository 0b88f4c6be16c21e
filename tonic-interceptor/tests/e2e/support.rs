//! Servers on free ports, clients of them, and what their spans say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::Routes;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Server};
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_tonic::{Client, ClientLayer, ServerLayer};

use crate::service::{CallsClient, CallsServer, Kitchen};

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) fn server_layer(tracer: &MockTracer) -> ServerLayer {
    ServerLayer::new(Arc::new(tracer.clone()))
}

pub(crate) fn client_layer(tracer: &MockTracer) -> ClientLayer {
    ClientLayer::new(Arc::new(tracer.clone()))
}

/// A free port.
pub(crate) async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves the kitchen behind this layer until the runtime ends.
pub(crate) fn serve_on(listener: TcpListener, layer: ServerLayer) {
    let server = Server::builder()
        .layer(layer)
        .add_service(CallsServer::new(Kitchen))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
}

/// Serves the kitchen behind this layer on a free port.
pub(crate) async fn serve(layer: ServerLayer) -> SocketAddr {
    let (listener, address) = listen().await;
    serve_on(listener, layer);
    address
}

/// Serves something else on a free port, with axum.
pub(crate) async fn serve_app(app: Router) -> SocketAddr {
    let (listener, address) = listen().await;
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// The kitchen as an axum router.
pub(crate) fn kitchen() -> Router {
    Routes::new(CallsServer::new(Kitchen)).into_axum_router()
}

pub(crate) fn endpoint(address: SocketAddr) -> Endpoint {
    Endpoint::from_shared(format!("http://{address}")).unwrap()
}

pub(crate) type TracedClient = CallsClient<Client<Channel>>;

pub(crate) fn connect(layer: ClientLayer, address: SocketAddr) -> TracedClient {
    let channel = endpoint(address).connect_lazy();
    CallsClient::new(tower::ServiceBuilder::new().layer(layer).service(channel))
}

/// A client that is not traced, of a server behind TLS.
pub(crate) fn behind_tls(address: SocketAddr) -> CallsClient<Channel> {
    let authority = Certificate::from_pem(include_str!("../certificates/authority.pem"));
    let tls = ClientTlsConfig::new().ca_certificate(authority);
    let endpoint = Endpoint::from_shared(format!("https://{address}")).unwrap();
    let endpoint = endpoint.tls_config(tls.domain_name("localhost")).unwrap();
    CallsClient::new(endpoint.connect_lazy())
}

/// Waits for that many spans.
pub(crate) async fn spans(tracer: &MockTracer, count: usize) -> Vec<MockSpan> {
    let waiting = tracer.clone();
    let spans = tokio::task::spawn_blocking(move || waiting.wait_for(count, DEADLINE));
    let spans = spans.await.unwrap();
    assert_eq!(spans.len(), count, "{spans:#?}");
    spans
}

/// The only span, once it has finished.
pub(crate) async fn only(tracer: &MockTracer) -> MockSpan {
    spans(tracer, 1).await.remove(0)
}

/// The CLIENT and the SERVER span of one call.
pub(crate) async fn pair(tracer: &MockTracer) -> (MockSpan, MockSpan) {
    let mut spans = spans(tracer, 2).await;
    spans.sort_by_key(|span| span.kind.as_str());
    let server = spans.pop().unwrap();
    let client = spans.pop().unwrap();
    assert_eq!(client.kind, tracer_core::Kind::Client);
    assert_eq!(server.kind, tracer_core::Kind::Server);
    (client, server)
}

pub(crate) fn status(span: &MockSpan) -> Option<String> {
    span.tag("grpc.status_code")
}

/// `kind: message` of the error.
pub(crate) fn error(span: &MockSpan) -> Option<String> {
    let error = span.error.as_ref()?;
    Some(match &error.message {
        Some(message) => format!("{}: {message}", error.kind),
        None => error.kind.clone(),
    })
}
