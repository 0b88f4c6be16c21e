//! Calls whose time is up.

use std::time::Duration;

use tokio::time::timeout;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Request;
use tonic::body::Body;
use tonic::transport::Server;
use tower::{Layer, Service};
use tracer_core::testing::{MockSpan, MockTracer};

use crate::service::{CallsClient, CallsServer, HANG, Kitchen, Order};
use crate::support::{client_layer, connect, endpoint, error, listen, only, server_layer, status};

const TIMEOUT: Duration = Duration::from_millis(80);
const LONG: Duration = Duration::from_secs(300);

fn is_late(span: &MockSpan) {
    assert_eq!(status(span).as_deref(), Some("DEADLINE_EXCEEDED"));
    assert!(error(span).unwrap().starts_with("DEADLINE_EXCEEDED"));
    assert!(span.duration() >= TIMEOUT - Duration::from_millis(10));
}

#[tokio::test]
async fn the_timeout_of_a_request_ends_its_client_span() {
    let tracer = MockTracer::new();
    let (_listener, address) = listen().await;
    let mut client = connect(client_layer(&tracer), address);
    let mut request = Request::new(Order::default());
    request.set_timeout(TIMEOUT);
    client.unary(request).await.unwrap_err();
    let span = only(&tracer).await;
    is_late(&span);
    assert_eq!(span.tag("cancelled"), None);
}

#[tokio::test]
async fn the_timeout_of_a_request_is_known_to_the_server() {
    let tracer = MockTracer::new();
    let silent = tower::service_fn(async |_: http::Request<Body>| {
        std::future::pending::<Result<http::Response<Body>, std::convert::Infallible>>().await
    });
    let request = http::Request::post("/test.calls.Calls/Unary")
        .header("content-type", "application/grpc")
        .header("grpc-timeout", format!("{}m", TIMEOUT.as_millis()))
        .body(Body::empty())
        .unwrap();
    // The layer's time starts here, and the timer's after it.
    let call = server_layer(&tracer).layer(silent).call(request);
    timeout(TIMEOUT, call).await.unwrap_err();
    let span = only(&tracer).await;
    is_late(&span);
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
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
        .layer(server_layer(&tracer).timeout(TIMEOUT))
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

#[tokio::test]
async fn a_caller_with_a_timer_of_its_own_can_tell_the_layer() {
    let tracer = MockTracer::new();
    let (_listener, address) = listen().await;
    let layer = client_layer(&tracer).timeout(TIMEOUT);
    let mut client = connect(layer, address);
    timeout(2 * TIMEOUT, client.unary(Order::default()))
        .await
        .unwrap_err();
    let span = only(&tracer).await;
    is_late(&span);
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
}

#[tokio::test]
async fn a_call_that_is_given_up_long_before_its_deadline_is_cancelled() {
    let tracer = MockTracer::new();
    let (_listener, address) = listen().await;
    let mut client = connect(client_layer(&tracer).timeout(LONG), address);
    let mut request = Request::new(Order::default());
    request.set_timeout(LONG);
    timeout(TIMEOUT, client.unary(request)).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("CANCELLED"));
    assert_eq!(error(&span), None);
}
