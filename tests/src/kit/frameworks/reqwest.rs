//! reqwest, traced by `tracer-tower`.

use std::future::Future;
use std::pin::Pin;

use tracer_core::current::FutureExt;
use tracer_core::http::HttpClient;
use tracer_tower::ClientLayer;
use tracer_tower::reqwest::TracedClient;

use super::{SWITCH, patiently, pong};
use crate::kit::{Answer, Call, ClientFramework, Failed, Protocol, Read};

/// reqwest.
#[derive(Clone, Copy, Debug)]
pub struct Reqwest;

impl ClientFramework for Reqwest {
    const COMPONENT: &'static str = "reqwest";
    const PROTOCOL: Protocol = Protocol::Http1;

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>> {
        Box::pin(asked(call, Self::PROTOCOL))
    }
}

/// The same over HTTP/2.
#[derive(Clone, Copy, Debug)]
pub struct ReqwestHttp2;

impl ClientFramework for ReqwestHttp2 {
    const COMPONENT: &'static str = Reqwest::COMPONENT;
    const PROTOCOL: Protocol = Protocol::Http2;

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>> {
        Box::pin(asked(call, Self::PROTOCOL))
    }
}

async fn asked(call: Call, protocol: Protocol) -> Result<Answer, Failed> {
    let (current, patience) = (call.current.clone(), call.patience);
    patiently(patience, made(call, protocol).in_span(current)).await
}

async fn made(call: Call, protocol: Protocol) -> Result<Answer, Failed> {
    let handler = (call.configure)(HttpClient::new(call.tracer.clone(), Reqwest::COMPONENT));
    let plain = reqwest::Client::builder().no_proxy();
    let plain = match protocol {
        Protocol::Http1 => plain,
        Protocol::Http2 => plain.http2_prior_knowledge(),
    };
    let client = TracedClient::new(plain.build()?, ClientLayer::from(handler));
    let mut attempt = 0;
    let mut response = loop {
        let answered = sent(&client, &call, attempt).await?;
        attempt += 1;
        if answered.status() != 503 || attempt == call.attempts {
            break answered;
        }
    };
    let status = response.status().as_u16();
    if call.read == Read::Switched {
        return Ok(Answer::new(status, &pong(response.upgrade().await?).await?));
    }
    let mut body = Vec::new();
    for _ in 0..call.read.pieces() {
        match response.chunk().await? {
            Some(chunk) => body.extend_from_slice(&chunk),
            None => break,
        }
    }
    drop(response);
    Ok(Answer::new(status, &body))
}

async fn sent(
    client: &TracedClient,
    call: &Call,
    attempt: u32,
) -> Result<reqwest::Response, Failed> {
    let mut request = client
        .request(call.method.parse()?, &call.url)
        .attempt(attempt);
    if let Some(template) = call.template {
        request = request.template(template);
    }
    for (name, value) in &call.headers {
        request = request.header(*name, value);
    }
    if call.read == Read::Switched {
        for (name, value) in SWITCH {
            request = request.header(name, value);
        }
    }
    if let Some(timeout) = call.timeout {
        request = request.with(|request| request.timeout(timeout));
    }
    Ok(request.send().await?)
}
