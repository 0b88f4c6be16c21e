//! The client layer round reqwest's client.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request as AxumRequest;
use axum::response::Redirect;
use axum::routing::{any, get};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use http::{StatusCode, Version};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::{Layer, ServiceExt};
use tracer_core::testing::MockTracer;
use tracer_core::{Kind, Sampling, SpanRef, TracerExt};
use tracer_tower::ServerLayer;
use tracer_tower::reqwest::{TracedClient, layer};

use crate::support::{error, nowhere, only, serve, spans};

pub(crate) fn traced(tracer: &MockTracer) -> TracedClient {
    TracedClient::new(reqwest::Client::new(), layer(Arc::new(tracer.clone())))
}

/// The ids and the decision that came.
async fn echo(request: AxumRequest) -> String {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.map_or("-", |value| value.to_str().unwrap())
    };
    ["mock-trace-id", "mock-span-id", "mock-sampled"]
        .map(header)
        .join(" ")
}

/// Sends one frame, then nothing more.
pub(crate) fn endless() -> Body {
    let first = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from("one"))]);
    Body::from_stream(first.chain(futures_util::stream::pending()))
}

#[tokio::test]
async fn a_call_is_a_client_span_that_ends_with_the_body() {
    let tracer = MockTracer::new();
    let server = ServerLayer::new(Arc::new(tracer.clone()));
    let app = Router::new().route("/users/{id}", get(async || "user"));
    let address = serve(app.layer(server)).await;
    let url = format!("http://me:pw@{address}/users/7?token=1");
    let job = tracer.span("job").start();
    let request = traced(&tracer).get(&url).template("/users/{id}").attempt(2);
    let response = job.scope(|| request.send()).await.unwrap();
    assert!(SpanRef::current().is_none());
    assert_eq!(response.content_length(), Some(4));
    assert!(response.remote_addr().is_some());
    assert_eq!(
        response.url().as_str(),
        format!("http://{address}/users/7?token=1")
    );
    let server = spans(&tracer, 1).await.remove(0);
    assert_eq!(response.text().await.unwrap(), "user");
    job.finish();
    let spans = spans(&tracer, 3).await;
    let of = |kind| spans.iter().find(|span| span.kind == kind).unwrap();
    let (job, client) = (of(Kind::Local), of(Kind::Client));
    assert!(client.is_child_of(job) && server.is_child_of(client));
    assert_eq!(client.name, "GET /users/{id}");
    let mut tags: Vec<_> = client
        .tags
        .iter()
        .map(|(k, v)| format!("{k}={v}"))
        .collect();
    tags.sort_unstable();
    let url = format!("http.url=http://{address}/users/7");
    let expected = [
        "component=reqwest",
        "http.method=GET",
        "http.resend_count=2",
        "http.status_code=200",
        &url,
    ];
    assert_eq!(tags, expected);
    assert_eq!(client.remote.ip, Some(address.ip()));
    assert_eq!(client.remote.port, Some(address.port()));
}

#[tokio::test]
async fn all_of_the_builder_is_there() {
    let tracer = MockTracer::new();
    let body = any(async |request: AxumRequest| {
        let kind = request.headers()["x-kind"].to_str().unwrap().to_owned();
        let method = request.method().clone();
        let body = axum::body::to_bytes(request.into_body(), 99).await.unwrap();
        format!("{method} {kind} {}", std::str::from_utf8(&body).unwrap())
    });
    let url = format!("http://{}/", serve(Router::new().route("/", body)).await);
    let client = traced(&tracer);
    let requests = [
        client.post(&url),
        client.put(&url),
        client.patch(&url),
        client.delete(&url),
    ];
    for (request, method) in requests.into_iter().zip(["POST", "PUT", "PATCH", "DELETE"]) {
        let request = request.header("x-kind", "a").body("text");
        let request = request.with(|request| request.bearer_auth("secret"));
        let text = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(text, format!("{method} a text"));
    }
    let finished = reqwest::Client::new().get(&url).header("x-kind", "b");
    let response = client.execute(finished.build().unwrap()).await.unwrap();
    assert_eq!(response.text().await.unwrap(), "GET b ");
    let names: Vec<_> = spans(&tracer, 5)
        .await
        .into_iter()
        .map(|s| s.name)
        .collect();
    assert_eq!(names, ["POST", "PUT", "PATCH", "DELETE", "GET"]);
    assert!(client.get("no url").send().await.unwrap_err().is_builder());
    assert_eq!(tracer.finished().len(), 5);
}

#[tokio::test]
async fn it_ends_at_once_without_a_body_and_early_when_nobody_reads_it() {
    for (path, method, expected) in [
        ("/empty", "GET", None),
        ("/text", "HEAD", None),
        ("/text", "GET", Some("true")),
        ("/endless", "GET", Some("true")),
    ] {
        let tracer = MockTracer::new();
        let app = Router::new()
            .route("/empty", get(async || StatusCode::NO_CONTENT))
            .route("/text", get(async || "text"))
            .route("/endless", get(async || endless()));
        let url = format!("http://{}{path}", serve(app).await);
        let method = method.parse().unwrap();
        let response = traced(&tracer).request(method, url).send().await.unwrap();
        assert_eq!(
            tracer.finished().len(),
            usize::from(expected.is_none()),
            "{path}"
        );
        drop(response);
        let span = only(&tracer).await;
        assert_eq!(span.tag("cancelled").as_deref(), expected, "{path}");
        assert_eq!(error(&span), None);
    }
}

#[tokio::test]
async fn a_call_that_loses_a_race_was_cancelled() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/", get(std::future::pending::<()>));
    let url = format!("http://{}/", serve(app).await);
    let mut call = Box::pin(traced(&tracer).get(url).send());
    assert!((&mut call).now_or_never().is_none());
    drop(call);
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(error(&span), None);
}

#[tokio::test]
async fn an_error_has_its_causes_and_no_secrets_and_goes_on_unchanged() {
    let tracer = MockTracer::new();
    let url = format!("http://me:pw@{}/a?token=1", nowhere().await);
    let refused = traced(&tracer).get(url).send().await.unwrap_err();
    assert!(refused.is_connect());
    assert_eq!(refused.url().unwrap().query(), Some("token=1"));
    let message = error(&only(&tracer).await).unwrap();
    assert!(message.starts_with("Error: error sending request for url (http://127.0.0.1:"));
    assert!(message.contains("/a): "), "{message}");
    assert!(
        message.to_lowercase().contains("connection refused"),
        "{message}"
    );
    assert!(
        !message.contains("token") && !message.contains("pw"),
        "{message}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let tracer = MockTracer::new();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 1024]).await;
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntext";
            socket.write_all(head).await.unwrap();
        }
    });
    let bare = reqwest::get(&url).await.unwrap().bytes().await.unwrap_err();
    let response = traced(&tracer).get(url).send().await.unwrap();
    let broken = response.bytes().await.unwrap_err();
    assert_eq!(broken.to_string(), bare.to_string());
    assert_eq!(broken.is_decode(), bare.is_decode());
    assert_eq!(broken.is_body(), bare.is_body());
    let span = only(&tracer).await;
    assert_eq!(span.error.as_ref().unwrap().kind, "Error");
    assert_eq!(span.tag("cancelled"), None);
}

#[tokio::test]
async fn redirects_are_inside_of_one_call() {
    let tracer = MockTracer::new();
    let app = Router::new()
        .route("/old", get(async || Redirect::temporary("/new")))
        .route("/new", get(echo));
    let address = serve(app).await;
    let request = traced(&tracer).get(format!("http://{address}/old"));
    let response = request.send().await.unwrap();
    assert_eq!(response.url().path(), "/new");
    let sent = response.text().await.unwrap();
    let span = only(&tracer).await;
    assert_eq!(span.tag("http.url"), Some(format!("http://{address}/old")));
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
    assert!(sent.contains(span.span_id().hex().as_str()), "{sent}");
}

#[tokio::test]
async fn contexts_replace_stale_ones_and_reach_only_those_who_may_have_them() {
    let tracer = MockTracer::new();
    let url = format!(
        "http://{}/",
        serve(Router::new().route("/", get(echo))).await
    );
    let stale = |client: &TracedClient| {
        let request = client.get(&url).header("mock-sampled", "d");
        request.header("mock-trace-id", "0af7651916cd43dd8448eb211c80319c")
    };
    let sent = stale(&traced(&tracer)).send().await.unwrap();
    let sent = sent.text().await.unwrap();
    let span = only(&tracer).await;
    let expected = format!(
        "{} {} 1",
        span.trace_id().hex().as_str(),
        span.span_id().hex().as_str()
    );
    assert_eq!(sent, expected);
    let layer =
        layer(Arc::new(tracer)).configure(|http| http.inject_to(|host| host == "trusted.example"));
    let elsewhere = TracedClient::new(reqwest::Client::new(), layer);
    let sent = stale(&elsewhere).send().await.unwrap();
    assert_eq!(sent.text().await.unwrap(), "- - -");
}

#[tokio::test]
async fn an_unsampled_call_sends_an_id_of_its_own_and_is_left_alone() {
    let tracer = MockTracer::new().sampling(Sampling::Drop);
    let url = format!(
        "http://{}/",
        serve(Router::new().route("/", get(echo))).await
    );
    let job = tracer.span("job").start();
    let response = job
        .scope(|| traced(&tracer).get(&url).send())
        .await
        .unwrap();
    assert_eq!(response.url().as_str(), url);
    let sent = response.text().await.unwrap();
    let job = job.to_context().unwrap();
    let trace = job.trace_id().hex();
    let rest = sent.strip_prefix(trace.as_str()).unwrap();
    assert!(rest.ends_with(" 0"), "{sent}");
    assert!(!rest.contains(job.span_id().hex().as_str()), "{sent}");
    assert!(tracer.finished().is_empty());
}

#[tokio::test]
async fn the_span_is_current_while_the_client_works() {
    for decision in [Sampling::Record, Sampling::Drop] {
        let tracer = MockTracer::new().sampling(decision);
        let inner = tower::service_fn(|request: reqwest::Request| {
            let sent = request.headers()["mock-span-id"]
                .to_str()
                .unwrap()
                .to_owned();
            let seen = || SpanRef::current().span_id().unwrap().hex();
            assert_eq!(sent, seen().as_str());
            async move {
                tokio::task::yield_now().await;
                assert_eq!(sent, seen().as_str());
                let response = http::Response::new("text");
                Ok::<_, std::convert::Infallible>(reqwest::Response::from(response))
            }
        });
        let traced = layer(Arc::new(tracer)).layer(inner);
        let url = "http://users.example/".parse().unwrap();
        let request = reqwest::Request::new(http::Method::GET, url);
        let response = traced.oneshot(request).await.unwrap();
        assert_eq!(response.text().await.unwrap(), "text");
        assert!(SpanRef::current().is_none());
    }
}

#[tokio::test]
async fn the_layer_stands_in_a_stack_and_over_http_2() {
    let tracer = MockTracer::new();
    let server = ServerLayer::new(Arc::new(tracer.clone()));
    let app = Router::new().route("/", get(async || "text")).layer(server);
    let url = format!("http://{}/", serve(app).await);
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let stack = tower::ServiceBuilder::new()
        .layer(layer(Arc::new(tracer.clone())))
        .service(client.clone());
    let request = client.get(&url).build().unwrap();
    let response = stack.oneshot(request).await.unwrap();
    assert_eq!(response.version(), Version::HTTP_2);
    assert_eq!(response.text().await.unwrap(), "text");
    let spans = spans(&tracer, 2).await;
    assert!(spans.iter().all(|span| span.tag("cancelled").is_none()));
    let of = |kind| spans.iter().find(|span| span.kind == kind).unwrap();
    assert!(of(Kind::Server).is_child_of(of(Kind::Client)));
    let _: TracedClient = layer(Arc::new(tracer)).layer(client);
}
