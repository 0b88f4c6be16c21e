//! The layers on axum, round each other, and round others.

use axum::Router;
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::{BoxError, Layer, Service, ServiceExt};
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_core::{SpanRef, TracerExt};

use crate::service::{CallsClient, Order};
use crate::support::{
    client_layer, connect, endpoint, error, kitchen, only, serve_app, server_layer, spans, status,
};

/// Calls an axum app that traces its server, by a client that is not traced.
async fn served(tracer: &MockTracer, app: Router, order: Order) -> MockSpan {
    let channel = endpoint(serve_app(app).await).connect_lazy();
    // What comes of it, the span tells.
    let _ = CallsClient::new(channel).unary(order).await;
    only(tracer).await
}

#[tokio::test]
async fn routes_on_axum_are_traced_with_the_address_of_their_caller() {
    let tracer = MockTracer::new();
    let app = kitchen().layer(server_layer(&tracer));
    let span = served(&tracer, app, Order::default()).await;
    assert_eq!(span.name, "test.calls.Calls/Unary");
    assert_eq!(status(&span).as_deref(), Some("OK"));
    assert!(span.remote.ip.is_some_and(|ip| ip.is_loopback()));
    assert_eq!(
        (span.tag("http.route"), span.tag("http.method")),
        (None, None)
    );
}

#[tokio::test]
async fn inside_of_another_layer_it_adds_to_its_span() {
    let codes = [
        (Code::Ok, None),
        (Code::NotFound, None),
        (Code::Internal, Some("INTERNAL: x")),
    ];
    for (code, expected) in codes {
        let tracer = MockTracer::new();
        let outer = tracer_tower::ServerLayer::new(std::sync::Arc::new(tracer.clone()));
        let app = kitchen()
            .layer(server_layer(&tracer))
            .layer(outer.component("axum"));
        let span = served(&tracer, app, Order::fails(code, "x")).await;
        assert_eq!(span.name, "test.calls.Calls/Unary");
        assert_eq!(span.tag("rpc.method").as_deref(), Some("Unary"));
        assert_eq!(span.tag("component").as_deref(), Some("axum"));
        assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
        assert!(status(&span).is_some());
        assert_eq!(error(&span).as_deref(), expected);
    }
}

#[tokio::test]
async fn a_status_that_an_inner_layer_returns_as_its_error_counts() {
    let cases = [
        (Code::NotFound, None),
        (Code::Unavailable, Some("UNAVAILABLE: full")),
    ];
    for (code, expected) in cases {
        let tracer = MockTracer::new();
        let refuses = tower::service_fn(move |_: Request<Body>| {
            let status: BoxError = Status::new(code, "full").into();
            std::future::ready(Err::<Response<Body>, _>(status))
        });
        let request = Request::post("/test.calls.Calls/Unary")
            .header("content-type", "application/grpc")
            .body(Body::empty())
            .unwrap();
        let service = server_layer(&tracer).layer(refuses);
        let returned = service.oneshot(request).await.unwrap_err();
        assert!(returned.is::<Status>());
        let span = only(&tracer).await;
        assert_eq!(span.tag("cancelled"), None);
        assert_eq!(error(&span).as_deref(), expected);
        assert!(status(&span).is_some());
    }
}

#[tokio::test]
async fn outside_of_grpc_a_status_is_an_error_like_any_other() {
    let tracer = MockTracer::new();
    let refuses = tower::service_fn(|_: Request<Body>| {
        let status: BoxError = Status::unavailable("full").into();
        std::future::ready(Err::<Response<Body>, _>(status))
    });
    let service = server_layer(&tracer).layer(refuses);
    let request = Request::post("/orders").body(Body::empty()).unwrap();
    service.oneshot(request).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(span.error.as_ref().map(|error| &*error.kind), Some("error"));
    assert_eq!(status(&span), None);
}

#[tokio::test]
async fn an_error_of_another_layer_keeps_its_name() {
    let tracer = MockTracer::new();
    let channel = tower::service_fn(async |_: Request<Body>| {
        Err::<Response<Body>, _>(std::io::Error::other("no kitchen"))
    });
    let mut client = client_layer(&tracer).layer(channel);
    let request = Request::post("/test.calls.Calls/Unary")
        .header("content-type", "application/grpc")
        .body(Body::empty())
        .unwrap();
    client
        .ready()
        .await
        .unwrap()
        .call(request)
        .await
        .unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNKNOWN"));
    assert_eq!(error(&span).as_deref(), Some("Error: no kitchen"));
}

#[tokio::test]
async fn a_handler_finds_its_span_and_its_calls_are_children_of_it() {
    let tracer = MockTracer::new();
    let kitchen = serve_app(kitchen().layer(server_layer(&tracer))).await;
    let onward = connect(client_layer(&tracer), kitchen);
    let waiter = Router::new().fallback(move || {
        let mut onward = onward.clone();
        async move {
            SpanRef::current().set_tag("table", 7);
            onward.unary(Order::default()).await.unwrap();
            Status::ok("").into_http::<axum::body::Body>()
        }
    });
    let address = serve_app(waiter.layer(server_layer(&tracer))).await;
    let mut client = connect(client_layer(&tracer), address);
    let job = tracer.span("job").start();
    // The answer has no message.
    let _ =
        tracer_core::current::FutureExt::in_span(client.upload(tokio_stream::empty()), job).await;
    spans(&tracer, 5).await;
    let tree = tracer.tree();
    let starts: Vec<_> = tree
        .lines()
        .map(|line| line.split(" [").next().unwrap_or_default())
        .collect();
    assert_eq!(
        starts,
        [
            "job",
            "  CLIENT test.calls.Calls/Upload",
            "    SERVER test.calls.Calls/Upload",
            "      CLIENT test.calls.Calls/Unary",
            "        SERVER test.calls.Calls/Unary",
        ]
    );
    assert!(tree.contains("table=7"));
}
