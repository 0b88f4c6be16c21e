//! A server on a free port and a client that reads as much as a test wants.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_tower::ServerLayer;

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) fn layer(tracer: &MockTracer) -> ServerLayer {
    ServerLayer::new(Arc::new(tracer.clone())).configure(|http| http.component("axum"))
}

/// Serves on a free port until the runtime ends.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

pub(crate) async fn send(
    address: SocketAddr,
    request: http::request::Builder,
    path: &str,
) -> Response<Incoming> {
    try_send(address, request, path).await.unwrap()
}

pub(crate) async fn try_send(
    address: SocketAddr,
    request: http::request::Builder,
    path: &str,
) -> Result<Response<Incoming>, Error> {
    let request: Request<Empty<Bytes>> = request
        .uri(format!("http://{address}{path}"))
        .body(Empty::new())
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    client.request(request).await
}

/// Gets a path with these headers and reads the whole body as text.
pub(crate) async fn ask(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> String {
    let mut request = Request::get("/");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = send(address, request, path).await;
    let body = response.collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Gets a path and reads the whole body.
pub(crate) async fn get(address: SocketAddr, path: &str) -> (u16, Bytes) {
    let response = send(address, Request::get("/"), path).await;
    let status = response.status().as_u16();
    (status, response.collect().await.unwrap().to_bytes())
}

/// The only finished span, once it has finished.
pub(crate) async fn only(tracer: &MockTracer) -> MockSpan {
    let mut spans = spans(tracer, 1).await;
    assert_eq!(spans.len(), 1, "{spans:#?}");
    spans.remove(0)
}

/// Waits for that many spans.
pub(crate) async fn spans(tracer: &MockTracer, count: usize) -> Vec<MockSpan> {
    let waiting = tracer.clone();
    let spans = tokio::task::spawn_blocking(move || waiting.wait_for(count, DEADLINE));
    spans.await.unwrap()
}

/// `kind: message` of the error.
pub(crate) fn error(span: &MockSpan) -> Option<String> {
    let error = span.error.as_ref()?;
    Some(match &error.message {
        Some(message) => format!("{}: {message}", error.kind),
        None => error.kind.clone(),
    })
}
