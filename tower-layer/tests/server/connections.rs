//! What happens to connections: they break, change their protocol, or are given up.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::FutureExt;
use http::{Request, StatusCode};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tower_http::catch_panic::CatchPanicLayer;
use tracer_core::testing::MockTracer;
use tracer_core::{Error, SpanRef};

use crate::support::{error, get as fetch, layer, only, serve, try_send};

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
