//! `orders`: tonic, which asks `stock` over HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::{Request as HttpRequest, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tonic::codegen::BoxStream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tower::{Service, ServiceBuilder, ServiceExt};
use tracer_core::Tracer;
use tracer_tower::ClientLayer;

use crate::orders::orders_server::{Orders, OrdersServer};
use crate::orders::{PlaceReply, PlaceRequest, Step, WatchRequest};

type Stock = tracer_tower::Client<Client<HttpConnector, Empty<Bytes>>>;

/// Serves on a bound listener until told to stop, and then what is in flight.
///
/// # Errors
///
/// When the listener fails.
pub async fn serve(
    tracer: Arc<dyn Tracer>,
    listener: tokio::net::TcpListener,
    stock: Uri,
    until: impl Future<Output = ()>,
) -> Result<(), tonic::transport::Error> {
    let http = Client::builder(TokioExecutor::new()).build_http();
    let traced = ClientLayer::new(Arc::clone(&tracer)).configure(|http| http.peer_service("stock"));
    let service = Shop {
        stock: ServiceBuilder::new().layer(traced).service(http),
        base: stock,
        next: AtomicU64::new(1),
    };
    Server::builder()
        .layer(tracer_tonic::ServerLayer::new(tracer))
        .add_service(OrdersServer::new(service))
        .serve_with_incoming_shutdown(TcpIncoming::from(listener).with_nodelay(Some(true)), until)
        .await
}

struct Shop {
    stock: Stock,
    base: Uri,
    next: AtomicU64,
}

impl Shop {
    /// Asks `stock` how much is left of an item.
    async fn left(&self, item: &str) -> Result<u32, Status> {
        let uri = format!("{}stock/{item}", self.base);
        let request = HttpRequest::get(uri)
            .body(Empty::new())
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let mut stock = self.stock.clone();
        let response = async { stock.ready().await?.call(request).await }
            .await
            .map_err(|error| Status::unavailable(format!("stock: {error}")))?;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body
            .map_err(|error| Status::unavailable(format!("stock: {error}")))?
            .to_bytes();
        match status {
            StatusCode::OK => serde_json::from_slice::<serde_json::Value>(&body)
                .ok()
                .and_then(|answer| u32::try_from(answer.get("left")?.as_u64()?).ok())
                .ok_or_else(|| Status::internal("stock: an answer that is none")),
            StatusCode::NOT_FOUND => Err(Status::not_found(format!("no item {item:?}"))),
            _ => Err(Status::internal(format!("stock answered {status}"))),
        }
    }
}

#[tonic::async_trait]
impl Orders for Shop {
    type WatchStream = BoxStream<Step>;

    async fn place(&self, request: Request<PlaceRequest>) -> Result<Response<PlaceReply>, Status> {
        let left = self.left(&request.into_inner().item).await?;
        let order = self.next.fetch_add(1, Ordering::Relaxed);
        Ok(Response::new(PlaceReply { order, left }))
    }

    async fn watch(
        &self,
        request: Request<WatchRequest>,
    ) -> Result<Response<BoxStream<Step>>, Status> {
        let order = request.into_inner().order;
        let steps = stream::iter(["packed", "sent", "delivered"]).then(move |step| async move {
            // A stream that takes its time: its span is seen to last as long.
            tokio::time::sleep(Duration::from_millis(5)).await;
            Ok(Step {
                what: format!("order {order} {step}"),
            })
        });
        Ok(Response::new(Box::pin(steps)))
    }
}
