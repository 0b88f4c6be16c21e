//! Servers on free ports, the layer, and the spans that it made.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tower::Layer;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_tower::ClientLayer;

pub(crate) type Plain = Client<HttpConnector, Empty<Bytes>>;

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Serves on a free port until the runtime ends.
pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Where nobody listens: bound and closed again.
pub(crate) async fn nowhere() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    listener.local_addr().unwrap()
}

pub(crate) fn layer(tracer: &MockTracer) -> ClientLayer {
    ClientLayer::new(Arc::new(tracer.clone()))
}

pub(crate) fn client(layer: &ClientLayer) -> tracer_tower::Client<Plain> {
    layer.layer(Client::builder(TokioExecutor::new()).build_http())
}

pub(crate) fn request(address: SocketAddr, path: &str) -> Request<Empty<Bytes>> {
    let uri = format!("http://{address}{path}");
    Request::get(uri).body(Empty::new()).unwrap()
}

/// The spans, once there are that many; no more.
pub(crate) async fn spans(tracer: &MockTracer, count: usize) -> Vec<MockSpan> {
    let tracer = tracer.clone();
    let waited = move || tracer.wait_for(count, DEADLINE);
    let spans = tokio::task::spawn_blocking(waited).await.unwrap();
    assert_eq!(spans.len(), count, "{spans:#?}");
    spans
}

/// The only span.
pub(crate) async fn only(tracer: &MockTracer) -> MockSpan {
    spans(tracer, 1).await.remove(0)
}

/// `kind: message` of the error.
pub(crate) fn error(span: &MockSpan) -> Option<String> {
    let error = span.error.as_ref()?;
    Some(match &error.message {
        Some(message) => format!("{}: {message}", error.kind),
        None => error.kind.clone(),
    })
}
