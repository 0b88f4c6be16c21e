//! Time-outs of reqwest's.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tower::ServiceExt;
use tracer_core::testing::MockTracer;
use tracer_tower::reqwest::layer;

use crate::over_reqwest::{endless, traced};
use crate::support::{only, serve};

#[tokio::test]
async fn a_timeout_is_one_wherever_it_strikes() {
    for path in ["/head", "/body"] {
        let tracer = MockTracer::new();
        let app = Router::new()
            .route("/head", get(std::future::pending::<()>))
            .route("/body", get(async || endless()));
        let url = format!("http://{}{path}", serve(app).await);
        let request = traced(&tracer).get(url);
        let request = request.with(|request| request.timeout(Duration::from_millis(300)));
        let late = match request.send().await {
            Ok(response) => response.bytes().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(late.is_timeout(), "{late:?}");
        let span = only(&tracer).await;
        assert_eq!(span.error.as_ref().unwrap().kind, "timeout", "{path}");
        assert_eq!(span.tag("cancelled"), None);
    }
}

/// tower's layers put errors into boxes.
#[tokio::test]
async fn a_timeout_is_one_in_a_box_too() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/", get(std::future::pending::<()>));
    let url = format!("http://{}/", serve(app).await);
    let stack = tower::ServiceBuilder::new()
        .layer(layer(Arc::new(tracer.clone())))
        .timeout(Duration::from_secs(60))
        .service(reqwest::Client::new());
    let mut request = reqwest::Request::new(http::Method::GET, url.parse().unwrap());
    *request.timeout_mut() = Some(Duration::from_millis(100));
    assert!(stack.oneshot(request).await.is_err());
    let span = only(&tracer).await;
    assert_eq!(span.error.as_ref().unwrap().kind, "timeout");
}
