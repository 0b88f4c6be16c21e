//! When a span ends.

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt;
use http::{Request, StatusCode};
use tracer_core::testing::MockTracer;

use crate::support::{self, layer, only, send, serve};

#[tokio::test]
async fn a_handler_that_is_dropped_was_cancelled() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(std::future::pending::<()>));
    let service = tower::Layer::layer(&layer(&tracer), app);
    let request = Request::get("/x").body(Body::empty()).unwrap();
    let mut call = Box::pin(tower::ServiceExt::oneshot(service, request));
    assert!((&mut call).now_or_never().is_none());
    drop(call);
    let span = only(&tracer).await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(support::error(&span), None);
}

#[tokio::test]
async fn without_a_body_it_is_complete_at_headers() {
    for (method, status) in [("HEAD", 200), ("GET", 204), ("GET", 304)] {
        let tracer = MockTracer::new();
        let handler = async move || {
            let mut response = Response::new(Body::from("text"));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        };
        let app = Router::new().route("/x", get(handler));
        let address = serve(app.layer(layer(&tracer))).await;
        let response = send(address, Request::builder().method(method), "/x").await;
        assert_eq!(response.status(), status);
        let span = only(&tracer).await;
        assert_eq!(span.tag("cancelled"), None, "{method} {status}");
    }
}
