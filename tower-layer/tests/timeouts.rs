//! Timeouts of tower, inside and outside of the layer.
#![cfg(feature = "timeout")]

use std::convert::Infallible;
use std::future::{Pending, pending};
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use tower::timeout::TimeoutLayer;
use tower::timeout::error::Elapsed;
use tower::{Layer, ServiceExt, service_fn};
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_tower::{ClientLayer, ServerLayer};

const SHORT: Duration = Duration::from_millis(5);
const LATE: StatusCode = StatusCode::GATEWAY_TIMEOUT;

fn never(_: Request<()>) -> Pending<Result<Response<String>, Infallible>> {
    pending()
}

#[tokio::test]
async fn inside_it_is_an_error_that_passes_through() {
    let tracer = MockTracer::new();
    let timeout = TimeoutLayer::new(SHORT).layer(service_fn(never));
    let traced = ServerLayer::new(Arc::new(tracer.clone())).layer(timeout);
    let error = traced.oneshot(Request::new(())).await.unwrap_err();
    assert!(error.is::<Elapsed>());
    let span = tracer.finished().remove(0);
    assert_eq!(span.error.as_ref().unwrap().kind, "timeout");
    assert_eq!(span.tag("cancelled"), None);
}

#[tokio::test]
async fn outside_it_looks_like_a_caller_that_went_away() {
    let tracer = MockTracer::new();
    let traced = ServerLayer::new(Arc::new(tracer.clone())).layer(service_fn(never));
    let timeout = TimeoutLayer::new(SHORT).layer(traced);
    assert!(timeout.oneshot(Request::new(())).await.is_err());
    let span = tracer.finished().remove(0);
    assert_eq!(span.error, None);
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert!(span.duration() >= SHORT);
}

/// What needs an empty body for its own answers (tower-http's timeouts, CORS and others) fits around
/// both layers.
#[tokio::test]
async fn outside_it_may_answer_with_an_empty_body() {
    let timeout = tower_http::timeout::TimeoutLayer::with_status_code(LATE, SHORT);
    let tracer = MockTracer::new();
    let served = ServerLayer::new(Arc::new(tracer.clone())).layer(service_fn(never));
    let called = ClientLayer::new(Arc::new(tracer.clone())).layer(service_fn(never));
    let served = timeout.layer(served).oneshot(Request::new(()));
    let called = timeout.layer(called).oneshot(Request::new(()));
    for answer in [served.await.unwrap(), called.await.unwrap()] {
        assert_eq!(answer.status(), LATE);
        assert!(answer.body().is_end_stream());
        let body = answer.into_body().collect().await.unwrap();
        assert!(body.to_bytes().is_empty());
    }
    let cancelled = |span: &MockSpan| span.tag("cancelled").is_some();
    let spans = tracer.finished();
    assert!(spans.len() == 2 && spans.iter().all(cancelled));
}

#[tokio::test]
async fn a_call_that_takes_too_long_is_an_error_inside_and_given_up_outside() {
    let tracer = MockTracer::new();
    let layer = ClientLayer::new(Arc::new(tracer.clone()));
    let inside = layer.layer(TimeoutLayer::new(SHORT).layer(service_fn(never)));
    assert!(inside.oneshot(Request::new(())).await.is_err());
    let outside = TimeoutLayer::new(SHORT).layer(layer.layer(service_fn(never)));
    assert!(outside.oneshot(Request::new(())).await.is_err());
    let [inside, outside] = tracer.finished().try_into().unwrap();
    assert_eq!(inside.error.unwrap().kind, "timeout");
    assert_eq!(outside.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(outside.error, None);
}
