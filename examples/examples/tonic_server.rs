//! tonic: one layer on the server, and every call is a SERVER span with its gRPC status.
//!
//! `cargo run -p tracer-examples --example tonic_server -- 127.0.0.1:3001`

use futures_util::stream;
use tonic::codegen::BoxStream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tracer_examples::orders::orders_server::{Orders, OrdersServer};
use tracer_examples::orders::{PlaceReply, PlaceRequest, Step, WatchRequest};
use tracer_examples::single::{self, Failed};
use tracer_tonic::ServerLayer;

struct Shop;

#[tonic::async_trait]
impl Orders for Shop {
    type WatchStream = BoxStream<Step>;

    async fn place(&self, request: Request<PlaceRequest>) -> Result<Response<PlaceReply>, Status> {
        match request.into_inner().item.as_str() {
            "tea" => Ok(Response::new(PlaceReply { order: 1, left: 7 })),
            item => Err(Status::not_found(format!("no item {item:?}"))),
        }
    }

    async fn watch(&self, _: Request<WatchRequest>) -> Result<Response<BoxStream<Step>>, Status> {
        let steps = ["packed", "sent"].map(|what| {
            Ok(Step {
                what: what.to_owned(),
            })
        });
        Ok(Response::new(Box::pin(stream::iter(steps))))
    }
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("tonic-server")?;
    let server = Server::builder()
        .layer(ServerLayer::new(backend.tracer()))
        .add_service(OrdersServer::new(Shop));

    let listener = tokio::net::TcpListener::bind(single::argument("127.0.0.1:3001")).await?;
    println!("listening on {}", listener.local_addr()?);
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    server
        .serve_with_incoming_shutdown(incoming, single::interrupted()?)
        .await?;
    single::close(backend).await
}
