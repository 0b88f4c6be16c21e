//! HTTP/2, behind axum and behind hyper alone.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Version};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tower::{Layer, service_fn};
use tracer_core::testing::MockTracer;

use crate::support::{error, layer, only, serve, spans};

type Plain = Client<HttpConnector, Empty<Bytes>>;

fn client() -> Plain {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.http2_only(true).build_http()
}

fn request(address: SocketAddr, path: &str) -> Request<Empty<Bytes>> {
    let uri = format!("http://{address}{path}");
    Request::get(uri).body(Empty::new()).unwrap()
}

/// Text and trailers.
fn trailed() -> Response {
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", HeaderValue::from_static("7"));
    let frames = [Frame::data(Bytes::from("text")), Frame::trailers(trailers)];
    let frames = frames.map(Ok::<_, std::convert::Infallible>);
    Response::new(Body::new(StreamBody::new(futures_util::stream::iter(
        frames,
    ))))
}

#[tokio::test]
async fn spans_end_with_trailers_of_which_none_is_lost() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(async || trailed()));
    let address = serve(app.layer(layer(&tracer))).await;
    let response = client().request(request(address, "/x")).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["checksum"], "7");
    let span = only(&tracer).await;
    assert_eq!(span.name, "GET /x");
    assert_eq!(span.tag("http.path").as_deref(), Some("/x"));
    assert_eq!(span.tag("cancelled"), None);
}

#[tokio::test]
async fn a_stream_that_is_reset_was_cancelled_before_the_head_and_after_it() {
    for path in ["/waiting", "/sending"] {
        let tracer = MockTracer::new();
        let begun = Arc::new(Notify::new());
        let here = Arc::clone(&begun);
        let waiting = async move || {
            here.notify_one();
            std::future::pending::<()>().await;
        };
        let app = Router::new()
            .route("/waiting", get(waiting))
            .route("/sending", get(async || Body::from_stream(forever())))
            .route("/other", get(async || "text"));
        let address = serve(app.layer(layer(&tracer))).await;
        let client = client();
        let call = tokio::spawn(client.request(request(address, path)));
        if path == "/waiting" {
            begun.notified().await;
            call.abort();
            assert!(call.await.is_err());
        } else {
            let mut response = call.await.unwrap().unwrap();
            response.frame().await.unwrap().unwrap();
            drop(response);
        }
        let span = only(&tracer).await;
        assert_eq!(span.tag("cancelled").as_deref(), Some("true"), "{path}");
        assert_eq!(error(&span), None);
        // The connection and the layer go on.
        let other = client.request(request(address, "/other")).await.unwrap();
        other.into_body().collect().await.unwrap();
        assert_eq!(spans(&tracer, 2).await.len(), 2);
    }
}

/// Bytes without an end.
fn forever() -> impl futures_util::Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    futures_util::stream::repeat_with(|| Ok(Bytes::from_static(&[7; 1024])))
}

#[tokio::test]
async fn hyper_needs_no_framework() {
    let tracer = MockTracer::new();
    let inner = service_fn(async |request: Request<Incoming>| {
        let path = request.uri().path().to_owned();
        Ok::<_, std::convert::Infallible>(http::Response::new(path))
    });
    let service = TowerToHyperService::new(
        layer(&tracer)
            .configure(|http| http.component("hyper"))
            .layer(inner),
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let builder = auto::Builder::new(TokioExecutor::new());
                builder
                    .serve_connection(TokioIo::new(socket), service)
                    .await
            });
        }
    });
    let plain: Plain = Client::builder(TokioExecutor::new()).build_http();
    for client in [client(), plain] {
        let response = client.request(request(address, "/x")).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "/x");
    }
    for span in spans(&tracer, 2).await {
        assert_eq!(span.name, "GET");
        assert_eq!(span.tag("component").as_deref(), Some("hyper"));
        assert_eq!(span.tag("cancelled"), None);
    }
}
