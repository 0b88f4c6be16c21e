//! hyper-util's client with gRPC written by hand, traced by `tracer-tower`.

use std::future::Future;
use std::pin::Pin;

use http::{HeaderValue, Request};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{Layer, ServiceExt};
use tracer_core::current::FutureExt;
use tracer_core::http::HttpClient;
use tracer_tower::ClientLayer;

use crate::kit::Failed;
use crate::kit::frameworks::patiently;
use crate::kit::rpc::raw::Body;
use crate::kit::rpc::wire::{self, Reader};
use crate::kit::rpc::{Call, Ended, RpcClientFramework};

/// hyper-util's client.
#[derive(Clone, Copy, Debug)]
pub struct Hyper;

impl RpcClientFramework for Hyper {
    const COMPONENT: &'static str = "hyper";
    const SEES_HOSTS: bool = true;
    const REFUSED: &'static str = "UNKNOWN";
    const RESET: &'static str = "UNKNOWN";

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Ended, Failed>> + Send>> {
        let (current, patience) = (call.current.clone(), call.patience);
        Box::pin(patiently(patience, made(call).in_span(current)))
    }
}

fn handler(call: &Call) -> HttpClient {
    let http = HttpClient::new(call.tracer.clone(), Hyper::COMPONENT).rpc();
    call.settings.apply(http)
}

async fn made(call: Call) -> Result<Ended, Failed> {
    let mut plain = Client::builder(TokioExecutor::new());
    let plain = plain.http2_only(true).build_http::<Body>();
    let client = ClientLayer::from(handler(&call)).layer(plain);
    let uri = format!("http://{}{}", call.address, call.method.path());
    let mut request = Request::post(uri).body(call.orders.into_body())?;
    let headers = request.headers_mut();
    *headers = call.metadata;
    headers.insert("te", HeaderValue::from_static("trailers"));
    let grpc = HeaderValue::from_static("application/grpc");
    headers.insert("content-type", grpc);
    if let Some(timeout) = call.timeout {
        let value = format!("{}u", timeout.as_micros());
        headers.insert("grpc-timeout", HeaderValue::from_str(&value)?);
    }
    let response = patiently(call.timeout, async {
        client.oneshot(request).await.map_err(Failed::from)
    });
    let (head, body) = response.await?.into_parts();
    let mut reader = Reader::new(body);
    let mut ended = Ended::default();
    for _ in 0..call.read.pieces() {
        let Some(message) = reader.message().await? else {
            let status = wire::status(reader.trailers());
            ended.status = status.or_else(|| wire::status(&head.headers));
            break;
        };
        ended.messages.push(message.clone());
        // Few cases listen.
        let _ = call.seen.send(message);
    }
    ended.trailers = reader.trailers().clone();
    ended.compressed = reader.compressed();
    Ok(ended)
}
