//! hyper-util's client, traced by `tracer-tower`.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{ServiceBuilder, ServiceExt};
use tracer_core::current::FutureExt;
use tracer_core::http::HttpClient;
use tracer_tower::ClientLayer;

use super::patiently;
use crate::kit::{Answer, Call, ClientFramework, Failed};

/// hyper-util's client.
#[derive(Clone, Copy, Debug)]
pub struct Hyper;

impl ClientFramework for Hyper {
    const COMPONENT: &'static str = "hyper";
    const TELLS_BROKEN_BODIES: bool = true;
    const SPANS_OF_A_REDIRECT: usize = 1;

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>> {
        let (current, patience) = (call.current.clone(), call.patience);
        Box::pin(patiently(patience, made(call).in_span(current)))
    }
}

async fn made(call: Call) -> Result<Answer, Failed> {
    let handler = (call.configure)(HttpClient::new(call.tracer, Hyper::COMPONENT));
    let plain = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let client = ServiceBuilder::new()
        .layer(ClientLayer::from(handler))
        .service(plain);
    let mut request = Request::builder()
        .method(call.method)
        .uri(call.url)
        .body(Empty::new())?;
    for (name, value) in call.headers {
        let name = HeaderName::from_static(name);
        request
            .headers_mut()
            .append(name, HeaderValue::from_str(&value)?);
    }
    let mut response = client.oneshot(request).await?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    for _ in 0..call.read.pieces() {
        match response.frame().await.transpose()? {
            Some(frame) => body.extend_from_slice(&frame.into_data().unwrap_or_default()),
            None => break,
        }
    }
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
