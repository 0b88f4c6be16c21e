//! The channels of tonic.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::{Channel, Identity, Server, ServerTlsConfig};
use tower::layer::layer_fn;
use tower::{BoxError, Layer, ServiceBuilder, service_fn};
use tracer_core::testing::MockTracer;

use crate::service::{CallsClient, CallsServer, Kitchen, Order};
use crate::support::{
    behind_tls, client_layer, connect, endpoint, error, listen, only, pair, serve, serve_on,
    server_layer, spans, status,
};

#[tokio::test]
async fn the_span_covers_the_time_to_connect() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    let started = Arc::new(Notify::new());
    let tell = Arc::clone(&started);
    let layer =
        client_layer(&tracer).configure(|http| http.on_request(move |_, _| tell.notify_one()));
    let mut client = connect(layer, address);
    let call = tokio::spawn(async move { client.unary(Order::default()).await });
    started.notified().await;
    let before = SystemTime::now();
    serve_on(listener, server_layer(&tracer));
    call.await.unwrap().unwrap();
    let (client, server) = pair(&tracer).await;
    assert!(client.start <= before && before <= client.end);
    assert!(server.start >= client.start && server.end <= client.end);
}

#[tokio::test]
async fn a_channel_that_balances_its_load_leaves_the_address_empty() {
    let tracer = MockTracer::new();
    let mut endpoints = Vec::new();
    for _ in 0..2 {
        endpoints.push(endpoint(serve(server_layer(&tracer)).await));
    }
    let channel = Channel::balance_list(endpoints.into_iter());
    let layer = client_layer(&tracer).configure(|http| http.peer_service("kitchen"));
    let mut client = CallsClient::new(layer.layer(channel));
    for _ in 0..4 {
        client.unary(Order::default()).await.unwrap();
    }
    for span in spans(&tracer, 8).await {
        assert_eq!(status(&span).as_deref(), Some("OK"));
        if span.kind == tracer_core::Kind::Client {
            assert_eq!(span.remote.service.as_deref(), Some("kitchen"));
            assert_eq!((span.remote.ip, span.remote.port), (None, None));
        } else {
            assert_eq!(span.remote.ip, Some(IpAddr::from([127, 0, 0, 1])));
        }
    }
}

#[tokio::test]
async fn behind_tls_the_address_of_the_socket_is_known() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    let identity = Identity::from_pem(
        include_str!("../certificates/server.pem"),
        include_str!("../certificates/server.key"),
    );
    let server = Server::builder()
        .tls_config(ServerTlsConfig::new().identity(identity))
        .unwrap()
        .layer(server_layer(&tracer))
        .add_service(CallsServer::new(Kitchen))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    behind_tls(address).unary(Order::default()).await.unwrap();
    let span = only(&tracer).await;
    assert_eq!(span.remote.ip, Some(address.ip()));
    assert!(span.remote.port.is_some());
}

#[tokio::test]
async fn a_connection_that_breaks_is_unknown() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            drop(connection);
        }
    });
    let mut client = connect(client_layer(&tracer), address);
    client.unary(Order::default()).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNKNOWN"));
    let error = error(&span).unwrap();
    assert!(error.starts_with("UNKNOWN: transport error: "), "{error}");
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_unavailable() {
    let tracer = MockTracer::new();
    let socket = silent();
    let mut client = connect(client_layer(&tracer), socket.local_addr().unwrap());
    client.unary(Order::default()).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNAVAILABLE"));
    let error = error(&span).unwrap();
    assert!(
        error.starts_with("UNAVAILABLE: transport error: "),
        "{error}"
    );
    assert!(error.to_lowercase().contains("refused"), "{error}");
}

/// Generated clients take other transports than tonic's.
#[tokio::test]
async fn a_server_that_hypers_client_cannot_reach_is_unavailable() {
    let tracer = MockTracer::new();
    let socket = silent();
    let hyper = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let service = ServiceBuilder::new()
        .layer(client_layer(&tracer))
        .service(hyper);
    let origin = format!("http://{}", socket.local_addr().unwrap());
    let mut client = CallsClient::with_origin(service, origin.parse().unwrap());
    client.unary(Order::default()).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNAVAILABLE"));
    let error = error(&span).unwrap();
    assert!(
        error.starts_with("UNAVAILABLE: client error (Connect): "),
        "{error}"
    );
    assert!(error.to_lowercase().contains("refused"), "{error}");
}

/// One connection of hyper's, without a client around it.
#[tokio::test]
async fn a_connection_of_hypers_that_breaks_is_unknown() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = hyper::client::conn::http2::handshake::<_, _, Body>(
        TokioExecutor::new(),
        TokioIo::new(stream),
    )
    .await
    .unwrap();
    drop(listener.accept().await.unwrap());
    connection.await.unwrap_err();
    let hyper = service_fn(move |request| sender.clone().send_request(request));
    let service = ServiceBuilder::new()
        .layer(client_layer(&tracer))
        .service(hyper);
    let origin = format!("http://{address}").parse().unwrap();
    let mut client = CallsClient::with_origin(service, origin);
    client.unary(Order::default()).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNKNOWN"));
    let error = error(&span).unwrap();
    assert!(error.starts_with("UNKNOWN: "), "{error}");
}

/// Tonic's server does not know the error, and sends no such status.
#[tokio::test]
async fn what_hypers_client_cannot_reach_for_a_server_is_unknown() {
    let tracer = MockTracer::new();
    let socket = silent();
    let origin = format!("http://{}", socket.local_addr().unwrap());
    let hyper = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let gateway = service_fn(move |_: http::Request<Body>| {
        let answer = hyper.get(origin.parse().unwrap());
        async move {
            let answer = answer.await?;
            Ok::<_, BoxError>(answer.map(Body::new))
        }
    });
    let (listener, address) = listen().await;
    let server = Server::builder()
        .layer(server_layer(&tracer))
        .layer(layer_fn(move |_: Routes| gateway.clone()))
        .add_service(CallsServer::new(Kitchen))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    let mut client = CallsClient::new(endpoint(address).connect_lazy());
    let told = client.unary(Order::default()).await.unwrap_err();
    assert_ne!(told.code(), Code::Unavailable);
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNKNOWN"));
    assert!(error(&span).unwrap().to_lowercase().contains("refused"));
}

/// A port that is bound, so that nobody else gets it, and not listened on.
fn silent() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket
}
