//! A tonic client: every call is a CLIENT span that ends with the trailers.
//!
//! `cargo run -p tracer-examples --example tonic_client -- http://127.0.0.1:3001`

use tonic::transport::Endpoint;
use tower::ServiceBuilder;
use tracer_examples::orders::orders_client::OrdersClient;
use tracer_examples::orders::{PlaceRequest, WatchRequest};
use tracer_examples::single::{self, Failed};
use tracer_tonic::ClientLayer;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("tonic-client")?;
    let channel = Endpoint::try_from(single::argument("http://127.0.0.1:3001"))?
        .connect()
        .await?;
    let tracing =
        ClientLayer::new(backend.tracer()).configure(|http| http.peer_service("tonic-server"));
    let mut orders = OrdersClient::new(ServiceBuilder::new().layer(tracing).service(channel));

    let order = orders
        .place(PlaceRequest {
            item: "tea".to_owned(),
        })
        .await?
        .into_inner()
        .order;
    let mut steps = orders.watch(WatchRequest { order }).await?.into_inner();
    while let Some(step) = steps.message().await? {
        println!("order {order}: {}", step.what);
    }
    single::close(backend).await
}
