//! What happens to connections: they break, change their protocol, or are given up.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tracer_core::testing::MockTracer;
use tracer_core::{Error, SpanRef};

use crate::support::{error, get as fetch, layer, only, send, serve, spans, try_send};

#[tokio::test]
async fn a_client_that_hangs_up_while_the_handler_works_cancels_it() {
    let tracer = MockTracer::new();
    let begun = Arc::new(Notify::new());
    let here = Arc::clone(&begun);
    let waiting = async move || {
        here.notify_one();
        std::future::pending::<()>().await;
    };
    let app = Router::new().route("/x", get(waiting));
    let address = serve(app.layer(layer(&tracer))).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = b"GET /x HTTP/1.1\r\nhost: a\r\n\r\n";
    socket.write_all(head).await.unwrap();
    begun.notified().await;
    drop(socket);
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(span.name, "GET /x");
    assert_eq!(error(&span), None);
}

/// Four bytes, then neither more nor an end; of a response that is said to have so many.
fn four_of(length: u64) -> Response {
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from("four"))]);
    let body = Body::from_stream(first.chain(futures_util::stream::pending()));
    ([("content-length", length.to_string())], body).into_response()
}

#[tokio::test]
async fn a_body_of_which_all_was_sent_is_complete_whoever_drops_it() {
    let tracer = MockTracer::new();
    let app = Router::new()
        .route("/all", get(async || four_of(4)))
        .route("/part", get(async || four_of(9)));
    let address = serve(app.layer(layer(&tracer))).await;
    let response = send(address, Request::get("/"), "/all").await;
    assert_eq!(response.collect().await.unwrap().to_bytes(), "four");
    assert_eq!(only(&tracer).await.tag("cancelled"), None);
    let mut response = send(address, Request::get("/"), "/part").await;
    response.frame().await.unwrap().unwrap();
    drop(response);
    let part = spans(&tracer, 2).await.remove(1);
    assert_eq!(part.tag("cancelled").as_deref(), Some("true"));
}

#[tokio::test]
async fn an_upgraded_connection_is_a_span_of_its_own() {
    let tracer = MockTracer::new();
    let layer = layer(&tracer);
    let traced = layer.handler().clone();
    let switch = async move |request: AxumRequest| {
        let request_span = SpanRef::current();
        tokio::spawn(async move {
            let upgraded = hyper::upgrade::on(request).await.unwrap();
            let span = traced.upgraded(&request_span, "websocket");
            let mut socket = TokioIo::new(upgraded);
            let mut ping = [0; 4];
            socket.read_exact(&mut ping).await.unwrap();
            socket.write_all(b"pong").await.unwrap();
            span.finish();
        });
        let headers = [("connection", "upgrade"), ("upgrade", "websocket")];
        (StatusCode::SWITCHING_PROTOCOLS, headers)
    };
    let address = serve(Router::new().route("/x", get(switch)).layer(layer)).await;
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = b"GET /x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
    socket.write_all(head).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(socket.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    // It ended at the switch, while the connection is in use.
    let request = only(&tracer).await;
    assert_eq!(request.tag("http.upgrade").as_deref(), Some("true"));
    assert_eq!(request.tag("http.status_code").as_deref(), Some("101"));
    assert_eq!(request.tag("cancelled"), None);
    socket.write_all(b"ping").await.unwrap();
    let mut pong = [0; 4];
    socket.read_exact(&mut pong).await.unwrap();
    let websocket = spans(&tracer, 2).await.remove(1);
    assert!(websocket.follows() && websocket.is_child_of(&request));
    assert!(websocket.start >= request.start);
}

async fn panics() -> &'static str {
    tokio::task::yield_now().await;
    panic!("spilled")
}

#[tokio::test]
async fn a_panic_closes_the_connection_as_it_would_without_the_layer() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(panics));
    let address = serve(app.layer(layer(&tracer))).await;
    assert!(try_send(address, Request::get("/"), "/x").await.is_err());
    let span = only(&tracer).await;
    assert_eq!(error(&span).as_deref(), Some("panic: spilled"));
    assert_eq!(span.tag("cancelled"), None);
    assert!(SpanRef::current().is_none());
}

async fn caught(request: AxumRequest, next: Next) -> Response {
    let response = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    response.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

#[tokio::test]
async fn a_panic_that_is_caught_further_in_is_a_status_and_further_out_a_panic() {
    for (catch_inside, expected) in [(true, "500"), (false, "panic: spilled")] {
        let tracer = MockTracer::new();
        let app = Router::new().route("/x", get(panics));
        let app = if catch_inside {
            app.layer(from_fn(caught)).layer(layer(&tracer))
        } else {
            app.layer(layer(&tracer)).layer(from_fn(caught))
        };
        assert_eq!(fetch(serve(app).await, "/x").await.0, 500);
        assert_eq!(error(&only(&tracer).await).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_panic_that_is_caught_further_in_may_be_told() {
    let told = |panic: Box<dyn Any + Send>| {
        let text = panic.downcast_ref::<&str>().copied().unwrap_or_default();
        SpanRef::current().set_error_as(Error::new("panic", &text));
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    };
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(panics));
    let app = app.layer(CatchPanicLayer::custom(told));
    let address = serve(app.layer(layer(&tracer))).await;
    assert_eq!(fetch(address, "/x").await.0, 500);
    let span = only(&tracer).await;
    assert_eq!(error(&span).as_deref(), Some("panic: spilled"));
}

#[tokio::test]
async fn a_timeout_inside_is_a_status_and_outside_a_caller_that_went_away() {
    for inside in [true, false] {
        let tracer = MockTracer::new();
        let short = Duration::from_millis(20);
        let timeout = TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, short);
        let app = Router::new().route("/x", get(std::future::pending::<()>));
        let app = if inside {
            app.layer(timeout).layer(layer(&tracer))
        } else {
            app.layer(layer(&tracer)).layer(timeout)
        };
        assert_eq!(fetch(serve(app).await, "/x").await.0, 504);
        let span = only(&tracer).await;
        let cancelled = (!inside).then_some("true");
        assert_eq!(span.tag("cancelled").as_deref(), cancelled);
        assert_eq!(error(&span).as_deref(), inside.then_some("504"));
        assert!(span.duration() >= short);
    }
}
