//! The demo's caller: a plain HTTP client that knows nothing of traces.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::expect::REQUESTS;

/// How long the impatient caller waits.
const PATIENCE: Duration = Duration::from_millis(100);

/// Sends the demo's requests; returns a line for each.
pub async fn send(gateway: SocketAddr) -> Vec<String> {
    let mut lines = Vec::new();
    for expected in &REQUESTS {
        let asked = ask(gateway, expected.path);
        let answer = if expected.cancelled {
            tokio::time::timeout(PATIENCE, asked)
                .await
                .unwrap_or_else(|_| "given up".to_owned())
        } else {
            asked.await
        };
        lines.push(format!("GET {} -> {answer}", expected.path));
    }
    lines
}

/// Asks the gateway for a path; returns the answer in a line.
pub async fn ask(gateway: SocketAddr, path: &str) -> String {
    // A client of its own for each request: dropping it closes the connection.
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let Ok(uri) = format!("http://{gateway}{path}").parse() else {
        return format!("no path: {path}");
    };
    match client.get(uri).await {
        Ok(response) => {
            let status = response.status();
            match response.into_body().collect().await {
                Ok(body) => format!("{status} {}", String::from_utf8_lossy(&body.to_bytes())),
                Err(error) => format!("{status}, then {error}"),
            }
        }
        Err(error) => error.to_string(),
    }
}
