//! hyper-util's client, traced by `tracer-tower`.

use std::future::{Future, Ready, ready};
use std::pin::Pin;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::util::option_layer;
use tower::{BoxError, ServiceBuilder, ServiceExt};
use tracer_core::current::FutureExt;
use tracer_core::http::HttpClient;
use tracer_tower::ClientLayer;
use tracer_tower::client::{Attempt, Template};

use super::{SWITCH, patiently, pong};
use crate::kit::{Answer, Call, ClientFramework, Failed, Protocol, Read};

/// hyper-util's client.
#[derive(Clone, Copy, Debug)]
pub struct Hyper;

impl ClientFramework for Hyper {
    const COMPONENT: &'static str = "hyper";
    const PROTOCOL: Protocol = Protocol::Http1;

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>> {
        Box::pin(asked(call, Self::PROTOCOL))
    }
}

/// The same over HTTP/2.
#[derive(Clone, Copy, Debug)]
pub struct HyperHttp2;

impl ClientFramework for HyperHttp2 {
    const COMPONENT: &'static str = Hyper::COMPONENT;
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
    let handler = (call.configure)(HttpClient::new(call.tracer, Hyper::COMPONENT));
    let plain = Client::builder(TokioExecutor::new())
        .http2_only(protocol == Protocol::Http2)
        .build_http::<Empty<Bytes>>();
    let client = ServiceBuilder::new()
        .layer(RetryLayer::new(Again(call.attempts)))
        .layer(ClientLayer::from(handler))
        .layer(option_layer(call.timeout.map(TimeoutLayer::new)))
        .map_err(BoxError::from)
        .service(plain);
    let mut request = Request::builder()
        .method(call.method)
        .uri(call.url)
        .body(Empty::new())?;
    if let Some(template) = call.template {
        request.extensions_mut().insert(Template(template));
    }
    let switch = SWITCH.iter().filter(|_| call.read == Read::Switched);
    let switch = switch.map(|(name, value)| (*name, (*value).to_owned()));
    for (name, value) in call.headers.into_iter().chain(switch) {
        let name = HeaderName::from_static(name);
        request
            .headers_mut()
            .append(name, HeaderValue::from_str(&value)?);
    }
    // Boxed, or the compiler loses itself in the types.
    let answered: BoxFuture<'_, _> = Box::pin(client.oneshot(request));
    let mut response = answered.await?;
    let status = response.status().as_u16();
    if call.read == Read::Switched {
        let connection = hyper::upgrade::on(response).await?;
        return Ok(Answer::new(status, &pong(TokioIo::new(connection)).await?));
    }
    let mut body = Vec::new();
    for _ in 0..call.read.pieces() {
        match response.frame().await.transpose()? {
            Some(frame) => body.extend_from_slice(&frame.into_data().unwrap_or_default()),
            None => break,
        }
    }
    drop(response);
    Ok(Answer::new(status, &body))
}

/// So many attempts are left, while the answer is 503.
#[derive(Clone, Copy)]
struct Again(u32);

impl<B, R: Clone, E> Policy<Request<R>, Response<B>, E> for Again {
    type Future = Ready<()>;

    fn retry(
        &mut self,
        request: &mut Request<R>,
        result: &mut Result<Response<B>, E>,
    ) -> Option<Self::Future> {
        let unready = result.as_ref().is_ok_and(|answer| answer.status() == 503);
        self.0 = self.0.saturating_sub(1);
        if !unready || self.0 == 0 {
            return None;
        }
        Attempt::count(request.extensions_mut());
        Some(ready(()))
    }

    fn clone_request(&mut self, request: &Request<R>) -> Option<Request<R>> {
        Some(request.clone())
    }
}
