//! The service on tonic.

use std::net::TcpListener;
use std::sync::Arc;

use tonic::codegen::BoxStream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tracer_core::Tracer;
use tracer_examples::orders::orders_server::{Orders, OrdersServer};
use tracer_examples::orders::{PlaceReply, PlaceRequest, Step, WatchRequest};
use tracer_tonic::ServerLayer;

use super::{Peer, call};
use crate::kit::Failed;

pub(super) fn serve(
    listener: TcpListener,
    tracer: Arc<dyn Tracer>,
    next: Option<Peer>,
) -> Result<(), Failed> {
    let hop = Hop {
        tracer: Arc::clone(&tracer),
        next,
    };
    let server = Server::builder()
        .layer(ServerLayer::new(tracer))
        .add_service(OrdersServer::new(hop));
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))));
    Ok(())
}

struct Hop {
    tracer: Arc<dyn Tracer>,
    next: Option<Peer>,
}

#[tonic::async_trait]
impl Orders for Hop {
    type WatchStream = BoxStream<Step>;

    async fn place(&self, _: Request<PlaceRequest>) -> Result<Response<PlaceReply>, Status> {
        if let Some(next) = self.next {
            let asked = call(Arc::clone(&self.tracer), next).await;
            asked.map_err(|error| Status::unavailable(error.to_string()))?;
        }
        Ok(Response::new(PlaceReply::default()))
    }

    async fn watch(&self, _: Request<WatchRequest>) -> Result<Response<BoxStream<Step>>, Status> {
        Err(Status::unimplemented("no hop watches"))
    }
}
