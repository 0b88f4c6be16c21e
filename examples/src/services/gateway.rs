//! `gateway`: axum, which places orders over gRPC.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tonic::Code;
use tonic::transport::Channel;
use tower::ServiceBuilder;
use tracer_core::Tracer;
use tracer_tower::{ResponseError, ServerLayer};

use crate::orders::orders_client::OrdersClient;
use crate::orders::{PlaceRequest, WatchRequest};

/// The client of `orders`: each call is a CLIENT span.
type Orders = OrdersClient<tracer_tonic::Client<Channel>>;

/// The routes, traced. `orders` need not be connected yet.
pub fn router(tracer: Arc<dyn Tracer>, orders: Channel) -> Router {
    let traced = tracer_tonic::ClientLayer::new(Arc::clone(&tracer))
        .configure(|http| http.peer_service("orders"));
    let orders = OrdersClient::new(ServiceBuilder::new().layer(traced).service(orders));
    Router::new()
        .route("/checkout/{item}", get(checkout))
        .route("/orders/{order}/steps", get(steps))
        .layer(ServerLayer::new(tracer).configure(|http| http.component("axum")))
        .with_state(orders)
}

async fn checkout(State(mut orders): State<Orders>, Path(item): Path<String>) -> Response {
    match orders.place(PlaceRequest { item }).await {
        Ok(reply) => {
            let reply = reply.into_inner();
            Json(json!({ "order": reply.order, "left": reply.left })).into_response()
        }
        Err(status) => failed(status),
    }
}

async fn steps(State(mut orders): State<Orders>, Path(order): Path<u64>) -> Response {
    let mut steps = match orders.watch(WatchRequest { order }).await {
        Ok(reply) => reply.into_inner(),
        Err(status) => return failed(status),
    };
    let mut seen = Vec::new();
    loop {
        match steps.message().await {
            Ok(Some(step)) => seen.push(step.what),
            Ok(None) => return Json(seen).into_response(),
            Err(status) => return failed(status),
        }
    }
}

/// What the caller is told, and the error behind it for the span.
fn failed(status: tonic::Status) -> Response {
    let code = match status.code() {
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::InvalidArgument => StatusCode::BAD_REQUEST,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_GATEWAY,
    };
    let mut response = (code, status.message().to_owned()).into_response();
    response.extensions_mut().insert(ResponseError::new(status));
    response
}
