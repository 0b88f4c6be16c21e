//! A bare hyper service that writes gRPC by hand, traced by `tracer-tower`.

use std::convert::Infallible;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Error;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, StreamBody};
use hyper::body::{Frame, Incoming};
use tower::{Layer, ServiceBuilder};
use tracer_tower::ServerLayer;

use super::http;
use crate::kit::frameworks::{accept, boxed};
use crate::kit::rpc::plan::{Answer, Ask, Handler, Method, Plan, Reply, RpcFramework, Status};
use crate::kit::rpc::raw::Body;
use crate::kit::rpc::wire::{Reader, framed, percent_encoded};
use crate::kit::{Failed, Running};

/// hyper without a library of gRPC.
#[derive(Clone, Copy, Debug)]
pub struct HyperServer;

impl RpcFramework for HyperServer {
    const COMPONENT: &'static str = "hyper";
    const INSIDE_HTTP: bool = false;

    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed> {
        let layer = ServerLayer::from(http(&plan, Self::COMPONENT))
            .peer(|extensions| extensions.get::<SocketAddr>().copied());
        let traced = layer.layer(Bare(plan.answer));
        accept(listener, move |peer| {
            let tell = move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(peer);
                request
            };
            let service = ServiceBuilder::new().map_request(tell);
            boxed(service.service(traced.clone()))
        })
    }
}

/// The service itself, untraced.
#[derive(Clone)]
pub struct Bare(pub Answer);

impl tower::Service<Request<Incoming>> for Bare {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let answer = self.0.clone();
        Box::pin(async move {
            Ok(match answer {
                Answer::Raw(answer) => answer().into_response(),
                Answer::Calls(handler) => served(handler, request).await,
            })
        })
    }
}

async fn served(handler: Handler, request: Request<Incoming>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    if Method::of(&path).is_none() {
        return head(only(&Status::new(12, "")), Empty::new().map_err(never));
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = request.headers().iter();
    let headers = headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let orders = stream::unfold(Reader::new(request.into_body()), async |mut reader| {
        let message = reader.message().await.transpose()?;
        Some((message, reader))
    });
    let replied = handler(Ask {
        path,
        headers,
        orders: Box::pin(orders),
    });
    match replied.await {
        Ok(reply) => replies(reply),
        Err(status) => head(only(&status), Empty::new().map_err(never)),
    }
}

fn never(never: Infallible) -> Error {
    match never {}
}

/// A status alone.
fn only(status: &Status) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("grpc-status", status.code.into());
    if let (false, Ok(text)) = (
        status.message.is_empty(),
        HeaderValue::from_str(&percent_encoded(&status.message)),
    ) {
        headers.insert("grpc-message", text);
    }
    headers
}

fn head<B>(headers: HeaderMap, body: B) -> Response<Body>
where
    B: hyper::body::Body<Data = bytes::Bytes, Error = Error> + Send + 'static,
{
    let mut response = Response::new(UnsyncBoxBody::new(body));
    *response.headers_mut() = headers;
    let grpc = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", grpc);
    response
}

/// Messages, then the status in the trailers.
fn replies(reply: Reply) -> Response<Body> {
    let headers = reply.metadata.into_iter().filter_map(|(name, value)| {
        let value = HeaderValue::from_str(&value).ok()?;
        Some((HeaderName::from_static(name), value))
    });
    let frames = stream::unfold(Some(reply.frames), async |frames| {
        let mut frames = frames?;
        Some(match frames.next().await {
            Some(Ok(message)) => (Ok(Frame::data(framed(&message))), Some(frames)),
            Some(Err(status)) => (Ok(Frame::trailers(only(&status))), None),
            None => (Ok(Frame::trailers(only(&Status::OK))), None),
        })
    });
    head(headers.collect(), StreamBody::new(frames))
}
