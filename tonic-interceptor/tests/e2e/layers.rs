//! The layers on axum and round others.

use axum::Router;
use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::limit::ConcurrencyLimit;
use tower::load_shed::LoadShed;
use tower::{BoxError, Layer, Service, ServiceExt};
use tracer_core::testing::{MockSpan, MockTracer};

use crate::service::{CallsClient, Order};
use crate::support::{
    client_layer, endpoint, error, kitchen, only, serve_app, server_layer, spans, status,
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

/// Tonic's routes are `/service/{*rest}`, whatever the method.
#[tokio::test]
async fn a_layer_for_http_within_leaves_a_call_its_name() {
    let tracer = MockTracer::new();
    let http = tracer_tower::ServerLayer::new(std::sync::Arc::new(tracer.clone()));
    let app = kitchen().layer(http).layer(server_layer(&tracer));
    let span = served(&tracer, app, Order::default()).await;
    assert_eq!(span.name, "test.calls.Calls/Unary");
    assert_eq!(status(&span).as_deref(), Some("OK"));
    assert_eq!(span.tag("http.route"), None);
}

/// Whoever expects gRPC leaves it unread, which is no cancellation.
#[tokio::test]
async fn a_page_in_the_place_of_an_answer_is_an_error_however_long() {
    for (http_status, pieces, expected) in [
        (200, 1, "UNKNOWN"),
        (200, 3, "UNKNOWN"),
        (502, 3, "UNAVAILABLE"),
    ] {
        let tracer = MockTracer::new();
        let proxy = tower::service_fn(move |_: Request<Body>| {
            let piece = |_| {
                let piece = bytes::Bytes::from_static(b"<!doctype html>");
                Ok::<_, BoxError>(http_body::Frame::data(piece))
            };
            let pieces = futures_util::stream::iter((0..pieces).map(piece));
            let body = Body::new(http_body_util::StreamBody::new(pieces));
            let response = Response::builder().status(http_status);
            let response = response.header("content-type", "text/html").body(body);
            std::future::ready(Ok::<_, BoxError>(response.unwrap()))
        });
        let channel = client_layer(&tracer).layer(proxy);
        let refused = CallsClient::new(channel).unary(Order::default()).await;
        drop(refused.unwrap_err());
        let span = only(&tracer).await;
        assert_eq!(status(&span).as_deref(), Some(expected), "{pieces}");
        assert_eq!(error(&span).as_deref(), Some(expected), "{pieces}");
        assert_eq!(span.tag("cancelled"), None, "{pieces}");
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

/// As tonic tells it to the caller of a server; over a channel it is an error as any other.
#[tokio::test]
async fn load_that_is_shed_is_an_exhausted_resource_of_the_server() {
    let full = || {
        let answers = |_: Request<Body>| std::future::pending::<Result<Response<Body>, BoxError>>();
        LoadShed::new(ConcurrencyLimit::new(tower::service_fn(answers), 0))
    };
    let request = || {
        Request::post("http://a/test.calls.Calls/Unary")
            .header("content-type", "application/grpc")
            .body(Body::empty())
            .unwrap()
    };
    let tracer = MockTracer::new();
    let server = server_layer(&tracer).layer(full());
    let shed = server.oneshot(request()).await.unwrap_err();
    assert_eq!(Status::from_error(shed).code(), Code::ResourceExhausted);
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("RESOURCE_EXHAUSTED"));
    assert_eq!((error(&span), span.tag("cancelled")), (None, None));
    // Within another error tonic does not look for it.
    let wraps = tower::service_fn(async |request| {
        let shed = full().oneshot(request).await;
        shed.map_err(|shed: BoxError| std::io::Error::other(shed))
    });
    let tracer = MockTracer::new();
    let server = server_layer(&tracer).layer(wraps);
    let wrapped = server.oneshot(request()).await.unwrap_err();
    assert_eq!(Status::from_error(wrapped.into()).code(), Code::Unknown);
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("UNKNOWN"));
    assert!(error(&span).is_some());
    let tracer = MockTracer::new();
    let client = client_layer(&tracer).layer(full());
    client.oneshot(request()).await.unwrap_err();
    assert_eq!(status(&only(&tracer).await).as_deref(), Some("UNKNOWN"));
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

/// A handler calls a service within its process, with the extensions of the request that it got, in which axum
/// has left where that one went to.
#[tokio::test]
async fn a_call_within_the_process_is_one_of_its_own_also_with_what_its_sender_was_given() {
    for handed_on in [false, true] {
        let tracer = MockTracer::new();
        let orders = kitchen().layer(server_layer(&tracer));
        let handler = async move |got: axum::extract::Request| {
            let mut order = tonic::Request::new(Order::fails(Code::Internal, "burnt"));
            if handed_on {
                *order.extensions_mut() = got.extensions().clone();
            }
            let refused = CallsClient::new(orders).unary(order).await;
            assert_eq!(refused.unwrap_err().code(), Code::Internal);
        };
        let app = Router::new()
            .route("/order", axum::routing::post(handler))
            .layer(server_layer(&tracer));
        let request = Request::post("/order").body(axum::body::Body::empty());
        let response = app.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status(), 200);
        drop(response);
        let spans = spans(&tracer, 2).await;
        assert_eq!(spans[0].name, "test.calls.Calls/Unary");
        assert_eq!(error(&spans[0]).as_deref(), Some("INTERNAL: burnt"));
        assert_eq!((&*spans[1].name, error(&spans[1])), ("POST /order", None));
    }
}
