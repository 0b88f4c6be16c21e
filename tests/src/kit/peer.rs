//! An untraced server for clients under test, which keeps the headers of every request.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::stream::{self, StreamExt};

use super::Failed;

type Seen = Arc<Mutex<Vec<HeaderMap>>>;

/// A server that runs until the runtime ends.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    seen: Seen,
}

impl Peer {
    /// Starts it. `/ok`, `/status/{code}`, `/redirect` (to `/ok`), `/never` (no answer), `/stream`
    /// (one piece, then nothing more) and `/break` (one piece, then the connection goes).
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub async fn start() -> Result<Self, Failed> {
        let seen = Seen::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let one = || stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"one"))]);
        let router = Router::new()
            .route("/ok", any(async || "body"))
            .route("/status/{code}", any(status))
            .route(
                "/redirect",
                any(async || (StatusCode::FOUND, [("location", "/ok")])),
            )
            .route("/never", any(std::future::pending::<()>))
            .route(
                "/stream",
                any(async move || Body::from_stream(one().chain(stream::pending()))),
            )
            .route(
                "/break",
                any(async move || {
                    let gone = async {
                        // Late enough for the head and the first piece to be sent.
                        tokio::task::yield_now().await;
                        Err(std::io::Error::other("gone"))
                    };
                    let body = Body::from_stream(one().chain(stream::once(gone)));
                    // Its length is told: awc takes the end of a chunked body for its end.
                    ([("content-length", "1000")], body)
                }),
            )
            .layer(axum::middleware::from_fn_with_state(
                Arc::clone(&seen),
                keep,
            ));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, seen })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A URL of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The headers of the last request.
    ///
    /// # Errors
    ///
    /// When none has come.
    pub fn last(&self) -> Result<HeaderMap, Failed> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(seen.last().cloned().ok_or("no request came")?)
    }
}

async fn keep(
    State(seen): State<Seen>,
    request: Request,
    next: axum::middleware::Next,
) -> Response {
    let headers = request.headers().clone();
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(headers);
    next.run(request).await
}

async fn status(Path(code): Path<u16>) -> Response {
    let code = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match code {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED => {
            code.into_response()
        }
        code => (code, "body").into_response(),
    }
}
