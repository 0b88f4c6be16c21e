//! tonic's channel with its own layer.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Streaming};
use tower::Layer;
use tracer_core::current::FutureExt;
use tracer_tonic::{Client, ClientLayer};

use super::codec::AsBytes;
use crate::kit::Failed;
use crate::kit::frameworks::patiently;
use crate::kit::rpc::{Call, Ended, Method, RpcClientFramework, Status};

/// tonic's channel.
#[derive(Clone, Copy, Debug)]
pub struct TonicClient;

impl RpcClientFramework for TonicClient {
    const COMPONENT: &'static str = "tonic";
    const SEES_HOSTS: bool = false;
    const REFUSED: &'static str = "UNAVAILABLE";
    const RESET: &'static str = "INTERNAL";

    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Ended, Failed>> + Send>> {
        let (current, patience) = (call.current.clone(), call.patience);
        Box::pin(patiently(patience, made(call).in_span(current)))
    }
}

fn layer(call: &Call) -> ClientLayer {
    ClientLayer::new(call.tracer.clone()).configure(|http| call.settings.apply(http))
}

async fn made(mut call: Call) -> Result<Ended, Failed> {
    let channel = Endpoint::from_shared(format!("http://{}", call.address))?.connect_lazy();
    let traced: Client<Channel> = layer(&call).layer(channel);
    let mut grpc = Grpc::new(traced).accept_compressed(CompressionEncoding::Gzip);
    grpc.ready().await?;
    let mut ended = Ended::default();
    let status = match answered(&mut grpc, &mut call, &mut ended).await {
        Ok(true) => Status::OK,
        Ok(false) => return Ok(ended),
        Err(status) => {
            ended.trailers = status.metadata().clone().into_headers();
            Status::new(i32::from(status.code()).unsigned_abs(), status.message())
        }
    };
    ended.status = Some(status);
    Ok(ended)
}

/// Whether everything was read.
async fn answered<S>(
    grpc: &mut Grpc<S>,
    call: &mut Call,
    ended: &mut Ended,
) -> Result<bool, tonic::Status>
where
    S: GrpcService<Body>,
    S::ResponseBody: Send + 'static,
    <S::ResponseBody as hyper::body::Body>::Error: Into<tonic::codegen::StdError>,
{
    let (_, nothing) = crate::kit::rpc::Orders::fed();
    let mut orders = std::mem::replace(&mut call.orders, nothing).into_stream();
    let path = http::uri::PathAndQuery::from_static(call.method.path());
    let metadata = MetadataMap::from_headers(std::mem::take(&mut call.metadata));
    let timeout = call.timeout;
    let request = |mut request: Request<()>| {
        *request.metadata_mut() = metadata;
        if let Some(timeout) = timeout {
            request.set_timeout(timeout);
        }
        request
    };
    let head = request(Request::new(()));
    let replies = match call.method {
        Method::Unary | Method::Download => {
            let order = tokio_stream::StreamExt::next(&mut orders).await;
            let request = head.map(|()| order.unwrap_or_default());
            if call.method == Method::Unary {
                let reply = grpc.unary(request, path, AsBytes).await?;
                return Ok(read(call, ended, reply.into_inner()));
            }
            grpc.server_streaming(request, path, AsBytes).await?
        }
        Method::Upload => {
            let reply = grpc.client_streaming(head.map(|()| orders), path, AsBytes);
            return Ok(read(call, ended, reply.await?.into_inner()));
        }
        Method::Chat => grpc.streaming(head.map(|()| orders), path, AsBytes).await?,
    };
    let mut replies: Streaming<Bytes> = replies.into_inner();
    for _ in 0..call.read.pieces() {
        match replies.message().await? {
            Some(message) => read(call, ended, message),
            None => return Ok(true),
        };
    }
    Ok(false)
}

fn read(call: &Call, ended: &mut Ended, message: Bytes) -> bool {
    ended.messages.push(message.clone());
    // Few cases listen.
    let _ = call.seen.send(message);
    true
}
