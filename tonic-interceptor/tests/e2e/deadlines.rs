//! The timers of endpoints and servers.

use std::time::Duration;

use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::Server;
use tower::Layer;
use tracer_core::testing::{MockSpan, MockTracer};

use crate::service::{CallsClient, CallsServer, HANG, Kitchen, Order};
use crate::support::{client_layer, endpoint, error, listen, only, server_layer, status};

const TIMEOUT: Duration = Duration::from_millis(80);

fn is_late(span: &MockSpan) {
    assert_eq!(status(span).as_deref(), Some("DEADLINE_EXCEEDED"));
    assert!(error(span).unwrap().starts_with("DEADLINE_EXCEEDED"));
    assert!(span.duration() >= TIMEOUT - Duration::from_millis(10));
}

#[tokio::test]
async fn the_timeout_of_the_endpoint_is_an_error_of_the_channel() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    let channel = endpoint(address).timeout(TIMEOUT).connect_lazy();
    let traced = client_layer(&tracer).layer(channel);
    CallsClient::new(traced)
        .unary(Order::default())
        .await
        .unwrap_err();
    drop(listener);
    let span = only(&tracer).await;
    is_late(&span);
    let text = "DEADLINE_EXCEEDED: transport error: Timeout expired";
    assert_eq!(error(&span).as_deref(), Some(text));
}

#[tokio::test]
async fn the_timeout_of_the_server_is_known_where_it_was_told() {
    let tracer = MockTracer::new();
    let (listener, address) = listen().await;
    let server = Server::builder()
        .timeout(TIMEOUT)
        .layer(server_layer(&tracer).configure(|http| http.rpc_timeout(TIMEOUT)))
        .add_service(CallsServer::new(Kitchen))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    let channel = endpoint(address).connect_lazy();
    CallsClient::new(channel)
        .unary(Order::says(HANG))
        .await
        .unwrap_err();
    let span = only(&tracer).await;
    is_late(&span);
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
}
