//! What a span of a call says, when it ends, and what goes along.

use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::routing::get;
use http::StatusCode;
use http_body_util::BodyExt;
use std::sync::Arc;
use tower::ServiceExt;
use tracer_core::testing::MockTracer;
use tracer_core::{Kind, SpanRef, TracerExt};
use tracer_tower::ServerLayer;
use tracer_tower::client::{Attempt, Template};
use tracer_tower::error::causes;

use crate::support::{client, error, layer, nowhere, only, request, serve, spans};

#[tokio::test]
async fn client_and_server_join_one_trace() {
    let tracer = MockTracer::new();
    let server = ServerLayer::new(Arc::new(tracer.clone()));
    let app = Router::new().route("/users/{id}", get(async || "user"));
    let address = serve(app.layer(server)).await;
    let parent = tracer.span("job").start();
    let call = client(&layer(&tracer)).oneshot(request(address, "/users/7?token=1"));
    let response = tracer_core::current::FutureExt::in_span(call, &parent).await;
    response.unwrap().collect().await.unwrap();
    parent.finish();
    let spans = spans(&tracer, 3).await;
    let of = |kind| spans.iter().find(|span| span.kind == kind).unwrap();
    let (job, client, server) = (of(Kind::Local), of(Kind::Client), of(Kind::Server));
    assert!(client.is_child_of(job));
    assert!(server.is_child_of(client));
    assert_eq!((&*client.name, &*server.name), ("GET", "GET /users/{id}"));
    let url = format!("http://{address}/users/7");
    assert_eq!(client.tag("http.url"), Some(url));
    assert_eq!(client.remote.port, Some(address.port()));
}

#[tokio::test]
async fn the_span_ends_when_the_body_has_been_read() {
    let tracer = MockTracer::new();
    let address = serve(Router::new().route("/", get(async || "text"))).await;
    let response = client(&layer(&tracer)).oneshot(request(address, "/")).await;
    assert!(tracer.finished().is_empty());
    let body = response.unwrap().collect().await.unwrap().to_bytes();
    assert_eq!(body, "text");
    assert_eq!(tracer.finished().len(), 1);
    let unread = client(&layer(&tracer)).oneshot(request(address, "/")).await;
    assert!(SpanRef::current().is_none());
    drop(unread);
    let spans = spans(&tracer, 2).await;
    let cancelled: Vec<_> = spans.iter().map(|span| span.tag("cancelled")).collect();
    assert_eq!(cancelled, [None, Some("true".to_owned())]);
}

#[tokio::test]
async fn a_client_error_status_and_a_transport_error_are_errors() {
    let tracer = MockTracer::new();
    let missing = get(async || StatusCode::NOT_FOUND);
    let address = serve(Router::new().route("/", missing)).await;
    let response = client(&layer(&tracer)).oneshot(request(address, "/")).await;
    response.unwrap().collect().await.unwrap();
    let nobody = request(nowhere().await, "/");
    let refused = client(&layer(&tracer)).oneshot(nobody.clone()).await;
    assert!(refused.unwrap_err().is_connect());
    let telling = layer(&tracer).failures(causes::<hyper_util::client::legacy::Error>);
    let refused = client(&telling).oneshot(nobody).await;
    assert!(refused.unwrap_err().is_connect());
    let spans = spans(&tracer, 3).await;
    let errors: Vec<_> = spans.iter().filter_map(error).collect();
    assert_eq!(errors[..2], ["404", "Error: client error (Connect)"]);
    let told = errors[2].to_lowercase();
    assert!(
        told.starts_with("error: client error (connect): "),
        "{told}"
    );
    assert!(told.contains("connection refused"), "{told}");
}

#[tokio::test]
async fn stale_headers_are_replaced_and_others_get_none() {
    let echo = async |request: AxumRequest| {
        let header = request.headers().get("mock-trace-id").cloned();
        header.map_or("none".to_owned(), |id| id.to_str().unwrap().to_owned())
    };
    let address = serve(Router::new().route("/", get(echo))).await;
    let tracer = MockTracer::new();
    let stale = || {
        let mut request = request(address, "/");
        let header = http::HeaderValue::from_static("0af7651916cd43dd8448eb211c80319c");
        request.headers_mut().insert("mock-trace-id", header);
        request
    };
    let sent = client(&layer(&tracer)).oneshot(stale()).await.unwrap();
    let sent = sent.collect().await.unwrap().to_bytes();
    let span = only(&tracer).await;
    assert_eq!(sent, span.trace_id().hex().as_str());
    let elsewhere =
        layer(&tracer).configure(|http| http.inject_to(|host| host == "trusted.example"));
    let sent = client(&elsewhere).oneshot(stale()).await.unwrap();
    assert_eq!(sent.collect().await.unwrap().to_bytes(), "none");
}

#[tokio::test]
async fn a_caller_may_name_the_template_and_count_attempts() {
    let tracer = MockTracer::new();
    let address = serve(Router::new().route("/users/7", get(async || ""))).await;
    let mut request = request(address, "/users/7");
    request.extensions_mut().insert(Template("/users/{id}"));
    for _ in 0..2 {
        let sent = client(&layer(&tracer)).oneshot(request.clone()).await;
        sent.unwrap().collect().await.unwrap();
        Attempt::count(request.extensions_mut());
    }
    let spans = spans(&tracer, 2).await;
    let counts: Vec<_> = spans.iter().map(|s| s.tag("http.resend_count")).collect();
    assert_eq!(counts, [None, Some("1".to_owned())]);
    assert_eq!(spans.first().unwrap().name, "GET /users/{id}");
}
