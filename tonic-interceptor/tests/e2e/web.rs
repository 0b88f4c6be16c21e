//! gRPC-web, whose layer makes gRPC of it.

use std::convert::Infallible;

use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tonic::Code;
use tonic::body::Body;
use tonic::service::Routes;
use tonic_web::GrpcWebLayer;
use tower::{Layer, Service, ServiceExt};
use tracer_core::testing::MockTracer;

use crate::service::{CallsClient, CallsServer, HANG, Kitchen, Order};
use crate::support::{client_layer, error, only, server_layer, status};

fn routes() -> Routes {
    Routes::new(CallsServer::new(Kitchen))
}

fn request(path: &str, content_type: &str) -> Request<Body> {
    let message: &[u8] = &[0, 0, 0, 0, 0];
    Request::post(path)
        .header("content-type", content_type)
        .body(Body::new(Full::from(message)))
        .unwrap()
}

/// Sends a request through a service and reads the answer.
async fn ask<S, B>(service: S, request: Request<Body>)
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Error: std::fmt::Debug>,
{
    let response = service.oneshot(request).await.unwrap();
    response.into_body().collect().await.unwrap();
}

#[tokio::test]
async fn inside_of_grpc_web_it_is_grpc() {
    let tracer = MockTracer::new();
    let traced = server_layer(&tracer).layer(routes());
    let service = GrpcWebLayer::new().layer(traced);
    let path = "/test.calls.Calls/Unary";
    ask(service, request(path, "application/grpc-web+proto")).await;
    let span = only(&tracer).await;
    assert_eq!(span.name, "test.calls.Calls/Unary");
    assert_eq!(status(&span).as_deref(), Some("OK"));
}

/// tonic leaves gRPC-Web's own type on what it has made gRPC of.
#[tokio::test]
async fn a_client_of_grpc_web_may_leave_early() {
    let tracer = MockTracer::new();
    let server = GrpcWebLayer::new().layer(routes());
    let web = tower::ServiceBuilder::new()
        .layer(tonic_web::GrpcWebClientLayer::new())
        .service(server);
    let channel = client_layer(&tracer).layer(web);
    let order = Order {
        replies: 1,
        message: HANG.to_owned(),
        ..Default::default()
    };
    let replies = CallsClient::new(channel).download(order).await;
    let mut replies = replies.unwrap().into_inner();
    replies.message().await.unwrap().unwrap();
    drop(replies);
    let span = only(&tracer).await;
    assert_eq!(status(&span).as_deref(), Some("CANCELLED"));
    assert_eq!(error(&span), None);
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
}

/// A server or a proxy that knows the length sends the trailers with the last message: the body of HTTP has ended
/// when they are still to be decoded.
#[tokio::test]
async fn trailers_in_the_last_piece_of_a_body_count() {
    for (code, expected) in [(Code::Ok, "OK"), (Code::NotFound, "NOT_FOUND")] {
        let tracer = MockTracer::new();
        let whole = tower::service_fn(async |request| {
            let server = GrpcWebLayer::new().layer(routes());
            let (head, body) = server.oneshot(request).await?.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(Response::from_parts(head, Full::new(body)))
        });
        let web = tonic_web::GrpcWebClientLayer::new().layer(whole);
        let channel = client_layer(&tracer).layer(web);
        let order = Order {
            replies: 1,
            ..Order::fails(code, "burnt")
        };
        let replies = CallsClient::new(channel).download(order).await;
        let mut replies = replies.unwrap().into_inner();
        replies.message().await.unwrap().unwrap();
        let ended = replies.message().await.map_err(|status| status.code());
        assert_eq!(ended.err().unwrap_or(Code::Ok), code);
        assert_eq!(status(&only(&tracer).await).as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn outside_of_grpc_web_the_status_is_left_out() {
    let tracer = MockTracer::new();
    let service = server_layer(&tracer).layer(GrpcWebLayer::new().layer(routes()));
    let path = "/test.calls.Calls/Unary";
    ask(service, request(path, "application/grpc-web+proto")).await;
    let span = only(&tracer).await;
    assert_eq!(span.name, "POST");
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
    assert_eq!((status(&span), error(&span)), (None, None));
}
