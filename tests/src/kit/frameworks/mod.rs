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
pub use hyper_client::{Hyper, HyperHttp2};
pub use hyper_server::HyperServer;
pub(super) use hyper_server::{accept, boxed};
pub use reqwest::{Reqwest, ReqwestHttp2};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Failed, PING};

/// What asks for a WebSocket.
const SWITCH: [(&str, &str); 4] = [
    ("connection", "upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// What comes back over a connection that was switched.
async fn pong(mut connection: impl AsyncRead + AsyncWrite + Unpin) -> Result<Vec<u8>, Failed> {
    connection.write_all(PING).await?;
    let mut back = vec![0; PING.len()];
    connection.read_exact(&mut back).await?;
    Ok(back)
}

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
