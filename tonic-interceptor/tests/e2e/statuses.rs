//! Every status, on both sides, however it arrives.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Response};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;
use tracer_core::testing::{MockSpan, MockTracer};

use crate::service::{Method, Order};
use crate::support::{both, client_layer, connect, error, pair, serve_app, server_layer, status};

const NAMES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

const SERVER_ERRORS: [&str; 6] = [
    "UNKNOWN",
    "DEADLINE_EXCEEDED",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
];

#[tokio::test]
async fn all_codes_of_all_kinds_of_call_are_judged_by_side() {
    let tracer = MockTracer::new();
    let mut client = both(&tracer).await;
    for method in Method::ALL {
        for (number, name) in (0..).zip(NAMES) {
            let order = Order::fails(Code::from(number), "burnt");
            let result = method.call(&mut client, order).await;
            assert_eq!(result.is_ok(), name == "OK");
            let (client, server) = pair(&tracer).await;
            tracer.reset();
            for span in [&client, &server] {
                assert_eq!(span.name, format!("test.calls.Calls/{method:?}"));
                assert_eq!(status(span).as_deref(), Some(name), "{method:?}");
                assert_eq!(span.tag("cancelled"), None, "{method:?} {name}");
            }
            let failed = Some(format!("{name}: burnt"));
            let expected = failed.clone().filter(|_| name != "OK");
            assert_eq!(error(&client), expected, "{method:?} {name}");
            let expected = failed.filter(|_| SERVER_ERRORS.contains(&name));
            assert_eq!(error(&server), expected, "{method:?} {name}");
        }
    }
}

/// What both sides say of a response that no gRPC server makes.
async fn answered(respond: fn() -> Response<Body>) -> (MockSpan, MockSpan) {
    let tracer = MockTracer::new();
    let app = Router::new().fallback(async move || respond());
    let address = serve_app(app.layer(server_layer(&tracer))).await;
    let mut client = connect(client_layer(&tracer), address);
    Method::Download
        .call(&mut client, Order::default())
        .await
        .unwrap_err();
    pair(&tracer).await
}

fn grpc(body: Body) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/grpc")
        .body(body)
        .unwrap()
}

const MESSAGE: &[u8] = &[0, 0, 0, 0, 0];

#[tokio::test]
async fn a_clean_end_without_a_status_is_unknown() {
    let empty = answered(|| grpc(Body::empty())).await;
    let one = answered(|| grpc(Body::from(MESSAGE))).await;
    let trailers = answered(|| {
        let message = Frame::data(Bytes::from_static(MESSAGE));
        let end = Frame::trailers(HeaderMap::new());
        let frames = [message, end].map(Ok::<_, std::io::Error>);
        grpc(Body::new(StreamBody::new(tokio_stream::iter(frames))))
    });
    for (client, server) in [empty, one, trailers.await] {
        for span in [client, server] {
            assert_eq!(status(&span).as_deref(), Some("UNKNOWN"));
            assert_eq!(error(&span).as_deref(), Some("UNKNOWN"));
            assert_eq!(span.tag("cancelled"), None);
        }
    }
}

#[tokio::test]
async fn a_status_in_the_headers_counts() {
    let respond = || {
        let mut response = grpc(Body::empty());
        response
            .headers_mut()
            .insert("grpc-status", "14".parse().unwrap());
        response
            .headers_mut()
            .insert("grpc-message", "closed%20today".parse().unwrap());
        response
    };
    let (client, server) = answered(respond).await;
    for span in [client, server] {
        assert_eq!(status(&span).as_deref(), Some("UNAVAILABLE"));
        assert_eq!(error(&span).as_deref(), Some("UNAVAILABLE: closed today"));
    }
}

#[tokio::test]
async fn an_http_status_without_a_grpc_one_is_mapped() {
    fn respond<const STATUS: u16>() -> Response<Body> {
        let mut response = Response::new(Body::from("a proxy says no"));
        *response.status_mut() = STATUS.try_into().unwrap();
        response
    }
    let cases = [
        (respond::<400> as fn() -> _, "INTERNAL"),
        (respond::<401>, "UNAUTHENTICATED"),
        (respond::<403>, "PERMISSION_DENIED"),
        (respond::<404>, "UNIMPLEMENTED"),
        (respond::<429>, "UNAVAILABLE"),
        (respond::<502>, "UNAVAILABLE"),
        (respond::<503>, "UNAVAILABLE"),
        (respond::<504>, "UNAVAILABLE"),
        (respond::<500>, "UNKNOWN"),
        (respond::<418>, "UNKNOWN"),
    ];
    for (respond, code) in cases {
        let (client, server) = answered(respond).await;
        assert_eq!(status(&client).as_deref(), Some(code));
        assert_eq!(error(&client).as_deref(), Some(code));
        assert_eq!(status(&server).as_deref(), Some(code));
        assert_eq!(server.error.is_some(), SERVER_ERRORS.contains(&code));
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_has_the_code_that_its_caller_sees() {
    let tracer = MockTracer::new();
    let (send, frames) = mpsc::channel(1);
    let body = Body::new(StreamBody::new(ReceiverStream::new(frames)));
    let body = Arc::new(Mutex::new(Some(body)));
    let app = Router::new().fallback(async move || grpc(body.lock().unwrap().take().unwrap()));
    let address = serve_app(app.layer(server_layer(&tracer))).await;
    let mut client = connect(client_layer(&tracer), address);
    let message = Frame::data(Bytes::from_static(MESSAGE));
    send.send(Ok(message)).await.unwrap();
    let replies = client.download(Order::default()).await.unwrap();
    let mut replies = replies.into_inner();
    assert!(replies.message().await.unwrap().is_some());
    let broken = std::io::Error::other("pan on fire");
    send.send(Err(broken)).await.unwrap();
    let seen = replies.message().await.unwrap_err();
    assert_eq!(seen.code(), Code::Internal);
    let (client, server) = pair(&tracer).await;
    assert_eq!(status(&client).as_deref(), Some("INTERNAL"));
    assert_eq!(
        error(&client),
        Some(format!("INTERNAL: {}", seen.message()))
    );
    assert_eq!(client.tag("grpc.messages_received").as_deref(), Some("1"));
    assert_eq!(status(&server).as_deref(), Some("UNKNOWN"));
    assert!(error(&server).unwrap().contains("pan on fire"));
}
