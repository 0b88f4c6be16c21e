//! Calls that end otherwise than by their handler's word.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::sync::Notify;
use tracer_core::testing::MockTracer;

use crate::service::{HANG, Order, PANIC};
use crate::support::{both, client_layer, connect, error, only, pair, serve, server_layer, status};

#[tokio::test]
async fn a_panic_of_a_handler_is_an_error_and_goes_on() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    client.unary(Order::says(PANIC)).await.unwrap_err();
    let (client, server) = pair(&tracer).await;
    assert_eq!(error(&server), Some(format!("panic: {PANIC}")));
    assert_eq!(status(&server).as_deref(), Some("UNKNOWN"));
    assert!(client.error.is_some());
}

#[tokio::test]
async fn a_call_that_its_caller_drops_is_cancelled_on_both_sides_and_no_error() {
    let tracer = MockTracer::new();
    let arrived = Arc::new(Notify::new());
    let tell = Arc::clone(&arrived);
    let layer = server_layer(&tracer).on_request(move |_, _| tell.notify_one());
    let mut client = connect(client_layer(&tracer), serve(layer).await);
    tokio::select! {
        _ = client.unary(Order::says(HANG)) => unreachable!("nobody answers"),
        () = arrived.notified() => {}
    }
    let (client, server) = pair(&tracer).await;
    for span in [client, server] {
        assert_eq!(status(&span).as_deref(), Some("CANCELLED"));
        assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
        assert_eq!(span.error, None);
        assert!(span.duration() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_unavailable() {
    let tracer = MockTracer::new();
    // Bound, so that nobody else gets the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
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
