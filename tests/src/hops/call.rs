//! Traced and plain calls of a service.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tonic::transport::Endpoint;
use tower::{ServiceBuilder, ServiceExt};
use tracer_core::Tracer;
use tracer_examples::orders::PlaceRequest;
use tracer_examples::orders::orders_client::OrdersClient;

use super::Peer;
use crate::kit::Failed;

/// Asks a service inside a CLIENT span.
///
/// # Errors
///
/// When it does not answer, or with an error.
pub async fn call(tracer: Arc<dyn Tracer>, peer: Peer) -> Result<(), Failed> {
    match peer {
        Peer::Http(address) => {
            let http = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
            let traced = ServiceBuilder::new()
                .layer(tracer_tower::ClientLayer::new(tracer))
                .service(http);
            let request = http::Request::get(format!("http://{address}/hop")).body(Empty::new())?;
            let response = traced.oneshot(request).await?;
            let status = response.status();
            response.into_body().collect().await?;
            if status.is_success() {
                Ok(())
            } else {
                Err(status.to_string().into())
            }
        }
        Peer::Grpc(address) => {
            let channel = Endpoint::try_from(format!("http://{address}"))?.connect_lazy();
            let traced = ServiceBuilder::new()
                .layer(tracer_tonic::ClientLayer::new(tracer))
                .service(channel);
            OrdersClient::new(traced)
                .place(PlaceRequest::default())
                .await?;
            Ok(())
        }
    }
}
