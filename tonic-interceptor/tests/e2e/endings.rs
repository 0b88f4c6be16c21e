//! Calls that end otherwise than by their handler's word.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::sync::{Notify, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tracer_core::testing::{MockSpan, MockTracer};

use crate::service::{HANG, Method, Order, PANIC};
use crate::support::{
    both, client_layer, connect, error, listen, only, pair, serve, server_layer, status,
};

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
        is_cancelled(&span);
        assert!(span.duration() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_panic_in_a_stream_is_an_error_of_its_server() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    let order = Order {
        replies: 1,
        ..Order::says(PANIC)
    };
    Method::Download.call(&mut client, order).await.unwrap_err();
    let (client, server) = pair(&tracer).await;
    assert_eq!(error(&server), Some(format!("panic: {PANIC}")));
    assert!(client.error.is_some());
}

fn is_cancelled(span: &MockSpan) {
    assert_eq!(status(span).as_deref(), Some("CANCELLED"));
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(span.error, None);
}

#[tokio::test]
async fn a_stream_that_is_never_read_ends_when_it_is_dropped() {
    for messages_read in [0, 2] {
        let tracer = MockTracer::new();
        let mut client = both(&tracer).await;
        let replies = client.download(Order::ok(u32::MAX)).await.unwrap();
        let mut replies = replies.into_inner();
        for _ in 0..messages_read {
            replies.message().await.unwrap();
        }
        assert!(tracer.finished().is_empty());
        drop(replies);
        let (client, server) = pair(&tracer).await;
        is_cancelled(&client);
        is_cancelled(&server);
        let received = client.tag("grpc.messages_received").unwrap();
        assert!(received.parse::<u32>().unwrap() >= messages_read);
    }
}

#[tokio::test]
async fn a_stream_of_both_directions_that_is_dropped_is_cancelled() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    let (orders, stream) = mpsc::channel(1);
    orders.send(Order::ok(0)).await.unwrap();
    let replies = client.chat(ReceiverStream::new(stream)).await.unwrap();
    let mut replies = replies.into_inner();
    assert_eq!(replies.message().await.unwrap().unwrap().orders, 1);
    drop(replies);
    is_cancelled(&only(&tracer).await);
    // The transport tells the server nothing while orders may still come.
    drop(orders);
    pair(&tracer).await;
}

#[tokio::test]
async fn a_cancellation_that_was_received_is_an_error_of_the_client() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    for (message, told) in [
        ("shutting down", "CANCELLED: shutting down"),
        ("", "CANCELLED"),
    ] {
        let order = Order::fails(tonic::Code::Cancelled, message);
        client.unary(order).await.unwrap_err();
        let (client, server) = pair(&tracer).await;
        tracer.reset();
        assert_eq!(error(&client).as_deref(), Some(told));
        assert_eq!(server.error, None);
        for span in [client, server] {
            assert_eq!(span.tag("cancelled"), None);
        }
    }
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
