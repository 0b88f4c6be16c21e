//! When a span ends.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::mpsc;
use tracer_core::testing::MockTracer;

use crate::support::{self, layer, only, send, serve};

/// A body whose frames the test sends.
fn fed() -> (mpsc::UnboundedSender<&'static str>, Body) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let stream = futures_util::stream::unfold(receiver, async |mut receiver| {
        let text = receiver.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), receiver))
    });
    (sender, Body::from_stream(stream.boxed()))
}

/// An app that answers once with this body.
fn answering(tracer: &MockTracer, body: Body) -> Router {
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let handler = async move || Response::new(body.lock().unwrap().take().unwrap());
    let app = Router::new().route("/x", get(handler));
    app.layer(layer(tracer))
}

#[tokio::test]
async fn it_ends_with_the_body_not_with_the_headers() {
    let tracer = MockTracer::new();
    let (sender, body) = fed();
    let address = serve(answering(&tracer, body)).await;
    let mut response = send(address, Request::get("/"), "/x").await;
    assert!(tracer.finished().is_empty());
    sender.send("one").unwrap();
    response.frame().await.unwrap().unwrap();
    assert!(tracer.finished().is_empty());
    drop(sender);
    assert!(response.frame().await.is_none());
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled"), None);
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
}

#[tokio::test]
async fn a_client_that_goes_away_cancels_and_is_no_error() {
    let tracer = MockTracer::new();
    let (sender, body) = fed();
    let address = serve(answering(&tracer, body)).await;
    let mut response = send(address, Request::get("/"), "/x").await;
    sender.send("one").unwrap();
    response.frame().await.unwrap().unwrap();
    drop(response);
    // The server sees it when it writes.
    while tracer.finished().is_empty() && sender.send("more").is_ok() {
        tokio::task::yield_now().await;
    }
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(support::error(&span), None);
}

#[tokio::test]
async fn a_handler_that_is_dropped_was_cancelled() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(std::future::pending::<()>));
    let service = tower::Layer::layer(&layer(&tracer), app);
    let request = Request::get("/x").body(Body::empty()).unwrap();
    let mut call = Box::pin(tower::ServiceExt::oneshot(service, request));
    assert!((&mut call).now_or_never().is_none());
    drop(call);
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(support::error(&span), None);
}

#[tokio::test]
async fn without_a_body_it_is_complete_at_headers() {
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
        let tracer = MockTracer::new();
        let handler = async move || {
            let mut response = Response::new(Body::from("text"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        };
        let app = Router::new().route("/x", get(handler));
        let address = serve(app.layer(layer(&tracer))).await;
        let response = send(address, Request::builder().method(method), "/x").await;
        assert_eq!(response.status(), status);
        let span = only(&tracer).await;
        assert_eq!(span.tag("cancelled"), None, "{method} {status}");
    }
}

#[tokio::test]
async fn an_endless_stream_may_end_at_headers() {
    let tracer = MockTracer::new();
    let (_sender, body) = fed();
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let handler = async move || Response::new(body.lock().unwrap().take().unwrap());
    let app = Router::new().route("/x", get(handler));
    let address =
        serve(app.layer(layer(&tracer).configure(|http| http.end_at_headers(true)))).await;
    let _response = send(address, Request::get("/"), "/x").await;
    assert_eq!(only(&tracer).await.tag("cancelled"), None);
}

#[tokio::test]
async fn one_route_of_many_may_end_at_headers() {
    let tracer = MockTracer::new();
    let (_sender, body) = fed();
    let body = std::sync::Arc::new(std::sync::Mutex::new(Some(body)));
    let events = async move || Response::new(body.lock().unwrap().take().unwrap());
    let streaming = layer(&tracer).configure(|http| http.end_at_headers(true));
    let app = Router::new()
        .route("/events", get(events).layer(streaming))
        .layer(layer(&tracer));
    let _response = send(serve(app).await, Request::get("/"), "/events").await;
    let span = only(&tracer).await;
    assert_eq!(span.name, "GET /events");
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
    assert_eq!(span.tag("cancelled"), None);
}
