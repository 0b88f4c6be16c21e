//! gRPC: metadata, and what a status says.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Version};
use axum::routing::post;
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, ServiceExt};
use tracer_tonic::{ClientLayer, ServerLayer};

use crate::exported::Exported;
use crate::places::{HEADERS, MESSAGE, SEEN, UNASKED, asked};

fn metadata(headers: &mut HeaderMap) {
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    for (name, value) in HEADERS.iter().chain(&UNASKED).chain([&SEEN]) {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_static(value));
    }
}

/// An answer of headers alone that says what went wrong.
async fn failing() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    metadata(response.headers_mut());
    let headers = response.headers_mut();
    headers.insert("grpc-status", HeaderValue::from_static("13"));
    headers.insert("grpc-message", HeaderValue::from_static(MESSAGE));
    response
}

#[tokio::test]
async fn neither_side_tells() {
    let exported = Exported::new();
    let server = ServerLayer::new(Arc::clone(&exported.tracer));
    let server = server.configure(|http| http.request_headers(asked()).response_headers(asked()));
    let app = Router::new().route("/vault.Vault/{method}", post(failing));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app.layer(server)).await });

    let client = ClientLayer::new(Arc::clone(&exported.tracer));
    let client = client.configure(|http| http.request_headers(asked()).response_headers(asked()));
    let plain = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http::<Empty<Bytes>>();
    let client = ServiceBuilder::new().layer(client).service(plain);
    let url = format!("http://user:hunter2@{address}/vault.Vault/Open?token=hunter2");
    let mut request = Request::post(url)
        .version(Version::HTTP_2)
        .body(Empty::new())
        .unwrap();
    metadata(request.headers_mut());
    let response = client.oneshot(request).await.unwrap();
    response.collect().await.unwrap();
    let seen = [
        "vault.Vault/Open",
        "no answer from https://db.example/a",
        "INTERNAL",
    ];
    exported.check(2, &seen).await;
}
