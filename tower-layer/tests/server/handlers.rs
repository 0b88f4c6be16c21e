//! What handlers, and what they leave behind, do with the span of their request.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures_util::StreamExt;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower::{Layer, ServiceExt};
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_core::{Kind, Sampling, SpanRef, current};
use tracer_tower::ClientLayer;

use crate::rules::echo;
use crate::support::{ask, layer, serve, spans};

type Plain = Client<HttpConnector, Empty<Bytes>>;

fn client(tracer: &MockTracer) -> tracer_tower::Client<Plain> {
    let plain = Client::builder(TokioExecutor::new()).build_http();
    ClientLayer::new(Arc::new(tracer.clone())).layer(plain)
}

async fn call(client: tracer_tower::Client<Plain>, address: SocketAddr, path: &str) -> Bytes {
    let request = Request::get(format!("http://{address}{path}")).body(Empty::new());
    let response = client.oneshot(request.unwrap()).await.unwrap();
    response.into_body().collect().await.unwrap().to_bytes()
}

#[tokio::test]
async fn baggage_lasts_for_the_rest_of_the_request_sampled_or_not() {
    for decision in [Sampling::Record, Sampling::Drop] {
        let tracer = MockTracer::new().sampling(decision);
        let next = serve(Router::new().route("/", get(echo))).await;
        let client = client(&tracer);
        let handler = async move || {
            assert_eq!(SpanRef::current().baggage("tenant"), None);
            async { current::set_baggage("tenant", "blue").unwrap() }.await;
            tokio::task::yield_now().await;
            let sent = call(client, next, "/").await;
            // The body is sent after the handler has returned.
            let late = futures_util::stream::once(async {
                let tenant = SpanRef::current().baggage("tenant").map(str::to_owned);
                Ok::<_, std::convert::Infallible>(tenant.unwrap_or_default())
            });
            let sent = futures_util::stream::once(std::future::ready(Ok(format!(
                "{} ",
                String::from_utf8_lossy(&sent)
            ))));
            Response::new(Body::from_stream(sent.chain(late)))
        };
        let address = serve(
            Router::new()
                .route("/x", get(handler))
                .layer(layer(&tracer)),
        )
        .await;
        for _ in 0..2 {
            let sent = ask(address, "/x", &[]).await;
            assert!(sent.ends_with(" blue blue"), "{decision:?} {sent}");
        }
    }
}

const REQUESTS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn interleaved_requests_do_not_mix() {
    let tracer = MockTracer::new();
    let next = async |Path(n): Path<usize>| {
        for _ in 0..n % 5 {
            tokio::task::yield_now().await;
        }
        SpanRef::current().set_tag("n", n as u64);
        n.to_string()
    };
    let next = Router::new().route("/next/{n}", get(next));
    let next = serve(next.layer(layer(&tracer))).await;
    let client = client(&tracer);
    let handler = async move |Path(n): Path<usize>| {
        for _ in 0..n % 7 {
            tokio::task::yield_now().await;
        }
        let answer = call(client, next, &format!("/next/{n}")).await;
        SpanRef::current().set_tag("n", n as u64);
        answer
    };
    let app = Router::new().route("/first/{n}", get(handler));
    let first = serve(app.layer(layer(&tracer))).await;
    let calls = (0..REQUESTS).map(|n| async move {
        assert_eq!(ask(first, &format!("/first/{n}"), &[]).await, n.to_string());
    });
    futures_util::future::join_all(calls).await;
    let spans = spans(&tracer, 3 * REQUESTS).await;
    assert_eq!(spans.len(), 3 * REQUESTS);
    let find = |kind, key: &str, value: &str| -> &MockSpan {
        let mut found = spans.iter().filter(|span| {
            span.kind == kind && span.tag(key).is_some_and(|tag| tag.ends_with(value))
        });
        let span = found.next().unwrap();
        assert!(found.next().is_none());
        span
    };
    for n in 0..REQUESTS {
        let first = find(Kind::Server, "http.path", &format!("/first/{n}"));
        let call = find(Kind::Client, "http.url", &format!("/next/{n}"));
        let next = find(Kind::Server, "http.path", &format!("/next/{n}"));
        assert!(call.is_child_of(first) && next.is_child_of(call));
        let tags = [first.tag("n"), next.tag("n")];
        assert!(tags.iter().all(|tag| *tag == Some(n.to_string())));
    }
}
