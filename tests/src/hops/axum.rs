//! The service on axum.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tracer_core::Tracer;
use tracer_tower::ServerLayer;

use super::{Peer, call};
use crate::kit::Failed;

pub(super) fn serve(
    listener: TcpListener,
    tracer: Arc<dyn Tracer>,
    next: Option<Peer>,
) -> Result<(), Failed> {
    let layer = ServerLayer::new(Arc::clone(&tracer)).configure(|http| http.component("axum"));
    let hop = async move || match next {
        Some(next) => call(tracer, next)
            .await
            .map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string())),
        None => Ok(()),
    };
    let router = Router::new().route("/hop", get(hop)).layer(layer);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}
