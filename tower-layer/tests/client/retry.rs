//! A layer inside a retry is a span per attempt, around it a span per call.

use std::convert::Infallible;
use std::future::{Ready, ready};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::retry::{Policy, RetryLayer};
use tower::{Layer, ServiceExt, service_fn};
use tracer_core::testing::MockTracer;
use tracer_tower::client::Attempt;

use crate::support::layer;

type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// Tries that many times more while the service is unavailable.
#[derive(Clone)]
struct Again(usize);

impl<B> Policy<Request<()>, Response<B>, Infallible> for Again {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        request: &mut Request<()>,
        result: &mut Result<Response<B>, Infallible>,
    ) -> Option<Ready<()>> {
        let failed = result.as_ref().is_ok_and(|r| r.status().is_server_error());
        if !failed || self.0 == 0 {
            return None;
        }
        self.0 -= 1;
        Attempt::count(request.extensions_mut());
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request<()>) -> Option<Request<()>> {
        Some(request.clone())
    }
}

fn unavailable(_: Request<()>) -> Ready<Answer> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    ready(Ok(response))
}

fn counts(tracer: &MockTracer) -> Vec<Option<String>> {
    let spans = tracer.finished();
    spans
        .iter()
        .map(|span| span.tag("http.resend_count"))
        .collect()
}

#[tokio::test]
async fn each_attempt_inside_a_retry_is_a_counted_span() {
    let tracer = MockTracer::new();
    let traced = layer(&tracer).layer(service_fn(unavailable));
    let retried = RetryLayer::new(Again(2)).layer(traced);
    let response = retried.oneshot(Request::new(())).await.unwrap();
    response.into_body().collect().await.unwrap();
    let expected = [None, Some("1".to_owned()), Some("2".to_owned())];
    assert_eq!(counts(&tracer), expected);
}

#[tokio::test]
async fn around_a_retry_it_is_one_span() {
    let tracer = MockTracer::new();
    let retried = RetryLayer::new(Again(2)).layer(service_fn(unavailable));
    let traced = layer(&tracer).layer(retried);
    let response = traced.oneshot(Request::new(())).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert_eq!(counts(&tracer), [None]);
}
