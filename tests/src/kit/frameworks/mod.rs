//! The frameworks and client libraries of this workspace.

mod actix;
mod awc;
mod axum;
mod hyper_client;
mod hyper_server;
mod over_http;
mod reqwest;

use std::future::Future;
use std::time::Duration;

pub(super) use self::axum::serve_router;
pub use actix::Actix;
pub use awc::Awc;
pub use axum::{AroundAxum, Axum, Tonic};
pub use hyper_client::Hyper;
pub use hyper_server::HyperServer;
pub(super) use hyper_server::{accept, boxed};
pub use reqwest::Reqwest;

use super::Failed;

/// Drops a future that is not done in time.
pub(super) async fn patiently<T>(
    patience: Option<Duration>,
    future: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    match patience {
        Some(patience) => tokio::time::timeout(patience, future).await?,
        None => future.await,
    }
}
