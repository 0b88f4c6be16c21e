//! When a span of a call ends, and how.

use std::convert::Infallible;
use std::io;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use axum::response::{Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tower::{Layer, Service, ServiceExt, service_fn};
use tracer_core::SpanRef;
use tracer_core::testing::MockTracer;
use tracer_tower::error::causes;

use crate::support::{Plain, client, error, layer, only, request, serve, spans};

/// One frame, then nothing more.
fn endless() -> Response {
    let first = futures_util::stream::iter([Ok::<_, Infallible>(Bytes::from("one"))]);
    let body = first.chain(futures_util::stream::pending());
    Response::new(Body::from_stream(body))
}

#[tokio::test]
async fn a_response_without_a_body_ends_it_at_headers() {
    let app = Router::new()
        .route("/text", get(async || "text"))
        .route("/204", get(async || StatusCode::NO_CONTENT))
        .route("/304", get(async || StatusCode::NOT_MODIFIED));
    let address = serve(app).await;
    for (method, path) in [("HEAD", "/text"), ("GET", "/204"), ("GET", "/304")] {
        let tracer = MockTracer::new();
        let mut request = request(address, path);
        *request.method_mut() = method.parse().unwrap();
        let response = client(&layer(&tracer)).oneshot(request).await.unwrap();
        assert_eq!(only(&tracer).await.tag("cancelled"), None, "{path}");
        drop(response);
    }
}

#[tokio::test]
async fn a_stream_may_end_its_span_at_headers() {
    let tracer = MockTracer::new();
    let address = serve(Router::new().route("/", get(async || endless()))).await;
    let streaming = layer(&tracer).configure(|http| http.end_at_headers(true));
    let mut response = client(&streaming)
        .oneshot(request(address, "/"))
        .await
        .unwrap();
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled"), None);
    assert_eq!(
        response
            .body_mut()
            .frame()
            .await
            .unwrap()
            .unwrap()
            .data_ref()
            .unwrap(),
        "one"
    );
}

#[tokio::test]
async fn a_call_that_loses_a_race_was_cancelled() {
    let tracer = MockTracer::new();
    let address = serve(Router::new().route("/", get(std::future::pending::<()>))).await;
    let call = client(&layer(&tracer)).oneshot(request(address, "/"));
    tokio::select! {
        biased;
        _ = call => unreachable!(),
        () = tokio::task::yield_now() => {}
    }
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(error(&span), None);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let tracer = MockTracer::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 1024]).await;
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntext";
            socket.write_all(head).await.unwrap();
        }
    });
    let response = client(&layer(&tracer)).oneshot(request(address, "/")).await;
    let broken = response.unwrap().into_body().collect().await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(error(&span), Some(format!("Error: {broken}")));
    assert_eq!(span.tag("cancelled"), None);
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
    tracer.reset();
    let telling = layer(&tracer).failures(causes::<hyper::Error>);
    let response = client(&telling).oneshot(request(address, "/")).await;
    assert!(response.unwrap().into_body().collect().await.is_err());
    let why = std::error::Error::source(&broken).unwrap();
    let told = format!("Error: {broken}: {why}");
    assert_eq!(error(&only(&tracer).await), Some(told));
}

#[tokio::test]
async fn a_panic_of_the_service_is_recorded_and_goes_on() {
    let tracer = MockTracer::new();
    let inner = service_fn(
        async |_: Request<()>| -> io::Result<http::Response<String>> {
            tokio::task::yield_now().await;
            panic!("spilled")
        },
    );
    let call = layer(&tracer).layer(inner).oneshot(Request::new(()));
    let payload = AssertUnwindSafe(call).catch_unwind().await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"spilled"));
    assert_eq!(
        error(&only(&tracer).await).as_deref(),
        Some("panic: spilled")
    );
    assert!(SpanRef::current().is_none());
}

/// Follows one redirect, as a middleware would.
async fn follow<S, B>(
    service: S,
    request: Request<Empty<Bytes>>,
) -> Result<http::Response<B>, S::Error>
where
    S: Service<Request<Empty<Bytes>>, Response = http::Response<B>> + Clone,
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    let mut next = request.clone();
    let response = service.clone().oneshot(request).await?;
    let location = response.headers()["location"].to_str().unwrap();
    let uri = next.uri().to_string().replace("/old", location);
    *next.uri_mut() = uri.parse().unwrap();
    response.into_body().collect().await.unwrap();
    service.oneshot(next).await
}

#[tokio::test]
async fn each_hop_that_passes_the_layer_is_a_span() {
    let app = Router::new()
        .route("/old", get(async || Redirect::temporary("/new")))
        .route("/new", get(async || "text"));
    let address = serve(app).await;
    let tracer = MockTracer::new();
    let hops = follow(client(&layer(&tracer)), request(address, "/old")).await;
    hops.unwrap().into_body().collect().await.unwrap();
    let hops = spans(&tracer, 2).await;
    let statuses = hops
        .iter()
        .map(|span| span.tag("http.status_code").unwrap());
    assert_eq!(statuses.collect::<Vec<_>>(), ["307", "200"]);
    let plain: Plain = Client::builder(TokioExecutor::new()).build_http();
    let tracer = MockTracer::new();
    let inside = service_fn(move |request| follow(plain.clone(), request));
    let call = layer(&tracer)
        .layer(inside)
        .oneshot(request(address, "/old"));
    call.await.unwrap().into_body().collect().await.unwrap();
    let status = only(&tracer).await.tag("http.status_code");
    assert_eq!(status.as_deref(), Some("200"));
}

fn over_http2(tracer: &MockTracer) -> tracer_tower::Client<Plain> {
    let mut builder = Client::builder(TokioExecutor::new());
    layer(tracer).layer(builder.http2_only(true).build_http())
}

#[tokio::test]
async fn over_http_2_it_ends_with_the_trailers_or_when_nobody_reads_on() {
    let trailed = async || {
        let mut trailers = HeaderMap::new();
        trailers.insert("checksum", HeaderValue::from_static("7"));
        let frames = [Frame::data(Bytes::from("text")), Frame::trailers(trailers)];
        let frames = futures_util::stream::iter(frames.map(Ok::<_, Infallible>));
        Response::new(Body::new(StreamBody::new(frames)))
    };
    let app = Router::new()
        .route("/trailed", get(trailed))
        .route("/endless", get(async || endless()));
    let address = serve(app).await;
    let tracer = MockTracer::new();
    let client = over_http2(&tracer);
    let response = client
        .clone()
        .oneshot(request(address, "/trailed"))
        .await
        .unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["checksum"], "7");
    let response = client.oneshot(request(address, "/endless")).await.unwrap();
    drop(response);
    let spans = spans(&tracer, 2).await;
    let cancelled: Vec<_> = spans.iter().map(|span| span.tag("cancelled")).collect();
    assert_eq!(cancelled, [None, Some("true".to_owned())]);
}

#[tokio::test]
async fn a_stream_that_the_server_resets_is_an_error() {
    let broken = async || {
        let frames = [Ok(Bytes::from("one")), Err(io::Error::other("disk"))];
        Response::new(Body::from_stream(futures_util::stream::iter(frames)))
    };
    let address = serve(Router::new().route("/", get(broken))).await;
    let tracer = MockTracer::new();
    // Whether the head was flushed before the reset is the server's choice.
    if let Ok(response) = over_http2(&tracer).oneshot(request(address, "/")).await {
        assert!(response.into_body().collect().await.is_err());
    }
    let span = only(&tracer).await;
    assert_eq!(span.error.as_ref().unwrap().kind, "Error");
    assert_eq!(span.tag("cancelled"), None);
}
