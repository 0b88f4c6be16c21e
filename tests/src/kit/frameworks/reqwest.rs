//! reqwest, traced by `tracer-tower`.

use std::future::Future;
use std::pin::Pin;

use tracer_core::current::FutureExt;
use tracer_core::http::HttpClient;
use tracer_tower::ClientLayer;
use tracer_tower::reqwest::TracedClient;

use super::patiently;
use crate::kit::{Answer, Call, ClientFramework, Failed};

/// reqwest.
#[derive(Clone, Copy, Debug)]
pub struct Reqwest;

impl ClientFramework for Reqwest {
    const COMPONENT: &'static str = "reqwest";
    const TELLS_BROKEN_BODIES: bool = true;
    const SPANS_OF_A_REDIRECT: usize = 1;

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>> {
        let (current, patience) = (call.current.clone(), call.patience);
        Box::pin(patiently(patience, made(call).in_span(current)))
    }
}

async fn made(call: Call) -> Result<Answer, Failed> {
    let handler = (call.configure)(HttpClient::new(call.tracer, Reqwest::COMPONENT));
    let plain = reqwest::Client::builder().no_proxy().build()?;
    let client = TracedClient::new(plain, ClientLayer::from(handler));
    let mut request = client.request(call.method.parse()?, call.url);
    for (name, value) in call.headers {
        request = request.header(name, value);
    }
    let mut response = request.send().await?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    for _ in 0..call.read.pieces() {
        match response.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
