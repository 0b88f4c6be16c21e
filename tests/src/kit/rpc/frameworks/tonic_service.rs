//! The service of the kit on tonic, without generated code.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::{HeaderName, HeaderValue};
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::server::{Grpc, NamedService};
use tonic::{Code, Request, Response, Status, Streaming};
use tower::service_fn;

use super::codec::AsBytes;
use crate::kit::Failed;
use crate::kit::rpc::plan::{self, Answer, Ask, Frames, Handler, Method, Reply, SERVICE};

/// Answers calls as a plan says.
#[derive(Clone)]
pub(super) struct Calls(pub(super) Answer);

impl NamedService for Calls {
    const NAME: &'static str = SERVICE;
}

impl tower::Service<http::Request<Body>> for Calls {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let answer = self.0.clone();
        Box::pin(async move {
            Ok(match answer {
                Answer::Raw(answer) => answer().into_response().map(Body::new),
                Answer::Calls(handler) => served(handler, request).await,
            })
        })
    }
}

async fn served(handler: Handler, request: http::Request<Body>) -> http::Response<Body> {
    let path = request.uri().path().to_owned();
    let Some(method) = Method::of(&path) else {
        return Status::unimplemented("").into_http();
    };
    let headers = request.headers().iter();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Vec<_> = headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect();
    let ask = move |orders| {
        handler(Ask {
            path,
            headers,
            orders,
        })
    };
    let mut ask = Some(ask);
    let mut grpc = Grpc::new(AsBytes)
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    match method {
        Method::Unary => {
            let service = service_fn(move |request| {
                let asked = ask.take().map(|ask| ask(given(request)));
                async move { first(replied(asked).await?).await }
            });
            grpc.unary(service, request).await
        }
        Method::Download => {
            let service = service_fn(move |request| {
                let asked = ask.take().map(|ask| ask(given(request)));
                async move { Ok(all(replied(asked).await?)) }
            });
            grpc.server_streaming(service, request).await
        }
        Method::Upload => {
            let service = service_fn(move |request| {
                let asked = ask.take().map(|ask| ask(streamed(request)));
                async move { first(replied(asked).await?).await }
            });
            grpc.client_streaming(service, request).await
        }
        Method::Chat => {
            let service = service_fn(move |request| {
                let asked = ask.take().map(|ask| ask(streamed(request)));
                async move { Ok(all(replied(asked).await?)) }
            });
            grpc.streaming(service, request).await
        }
    }
}

type Orders = Pin<Box<dyn Stream<Item = Result<Bytes, Failed>> + Send>>;

fn given(request: Request<Bytes>) -> Orders {
    let message = request.into_inner();
    Box::pin(stream::iter([Ok(message)]))
}

fn streamed(request: Request<Streaming<Bytes>>) -> Orders {
    Box::pin(
        request
            .into_inner()
            .map(|message| message.map_err(Into::into)),
    )
}

async fn replied<F>(asked: Option<F>) -> Result<Reply, Status>
where
    F: Future<Output = Result<Reply, plan::Status>>,
{
    match asked {
        Some(asked) => asked.await.map_err(status),
        None => Err(Status::internal("asked twice")),
    }
}

fn status(status: plan::Status) -> Status {
    let code = i32::try_from(status.code).unwrap_or(2);
    Status::new(Code::from(code), status.message)
}

fn response<T>(metadata: Vec<(&'static str, String)>, message: T) -> Response<T> {
    let headers = metadata.into_iter().filter_map(|(name, value)| {
        let value = HeaderValue::from_str(&value).ok()?;
        Some((HeaderName::from_static(name), value))
    });
    let metadata = MetadataMap::from_headers(headers.collect());
    Response::from_parts(metadata, message, http::Extensions::new())
}

/// A reply of one message.
async fn first(mut reply: Reply) -> Result<Response<Bytes>, Status> {
    match reply.frames.next().await {
        Some(Ok(message)) => Ok(response(reply.metadata, message)),
        Some(Err(failed)) => Err(status(failed)),
        None => Ok(response(reply.metadata, Bytes::new())),
    }
}

type Replies = Pin<Box<dyn Stream<Item = Result<Bytes, Status>> + Send>>;

/// A reply of many.
fn all(reply: Reply) -> Response<Replies> {
    let next = async |mut frames: Frames| {
        let message = frames.next().await?;
        Some((message.map_err(status), frames))
    };
    response(reply.metadata, Box::pin(stream::unfold(reply.frames, next)))
}
