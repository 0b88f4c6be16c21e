//! HTTP/2.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Notify;
use tracer_core::testing::MockTracer;

use crate::support::{error, layer, only, serve, spans};

type Plain = Client<HttpConnector, Empty<Bytes>>;

fn client() -> Plain {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.http2_only(true).build_http()
}

fn request(address: SocketAddr, path: &str) -> Request<Empty<Bytes>> {
    let uri = format!("http://{address}{path}");
    Request::get(uri).body(Empty::new()).unwrap()
}

#[tokio::test]
async fn a_stream_that_is_reset_was_cancelled_before_the_head_and_after_it() {
    for path in ["/waiting", "/sending"] {
        let tracer = MockTracer::new();
        let begun = Arc::new(Notify::new());
        let here = Arc::clone(&begun);
        let waiting = async move || {
            here.notify_one();
            std::future::pending::<()>().await;
        };
        let app = Router::new()
            .route("/waiting", get(waiting))
            .route("/sending", get(async || Body::from_stream(forever())))
            .route("/other", get(async || "text"));
        let address = serve(app.layer(layer(&tracer))).await;
        let client = client();
        let call = tokio::spawn(client.request(request(address, path)));
        if path == "/waiting" {
            begun.notified().await;
            call.abort();
            assert!(call.await.is_err());
        } else {
            let mut response = call.await.unwrap().unwrap();
            response.frame().await.unwrap().unwrap();
            drop(response);
        }
        let span = only(&tracer).await;
        assert_eq!(span.tag("cancelled").as_deref(), Some("true"), "{path}");
        assert_eq!(error(&span), None);
        // The connection and the layer go on.
        let other = client.request(request(address, "/other")).await.unwrap();
        other.into_body().collect().await.unwrap();
        assert_eq!(spans(&tracer, 2).await.len(), 2);
    }
}

/// Bytes without an end.
fn forever() -> impl futures_util::Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    futures_util::stream::repeat_with(|| Ok(Bytes::from_static(&[7; 1024])))
}
