//! An untraced server for clients under test, which keeps the headers of every request.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use futures_util::stream::{self, StreamExt};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;

use super::Failed;
use super::server::listen;

type Seen = Arc<Mutex<Vec<HeaderMap>>>;

/// A server that runs until the runtime ends.
#[derive(Clone, Debug)]
pub struct Peer {
    address: SocketAddr,
    seen: Seen,
}

impl Peer {
    /// Starts it. `/ok`, `/status/{code}`, `/redirect` (to `/ok`), `/never` (no answer), `/stream`
    /// (one piece, then nothing more), `/break` (one piece, then the connection goes), `/headers`
    /// (with some), `/unready` (503, but from the third request on 200) and `/switch` (to a
    /// WebSocket, which sends back whatever comes).
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub async fn start() -> Result<Self, Failed> {
        Self::start_on(Ipv4Addr::LOCALHOST.into())
    }

    /// The same on another address.
    ///
    /// # Errors
    ///
    /// When it cannot listen.
    pub fn start_on(address: IpAddr) -> Result<Self, Failed> {
        let seen = Seen::default();
        let listener = listen(address)?;
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let address = listener.local_addr()?;
        let one = || stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"one"))]);
        let router = Router::new()
            .route("/ok", any(async || "body"))
            .route("/status/{code}", any(status))
            .route(
                "/redirect",
                any(async || (StatusCode::FOUND, [("location", "/ok")])),
            )
            .route(
                "/headers",
                any(async || ([("x-answer", "seen"), ("set-cookie", "hidden")], "body")),
            )
            .route("/unready", any(unready).with_state(Arc::clone(&seen)))
            .route("/switch", any(switch))
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

    /// The headers of every request so far.
    pub fn all(&self) -> Vec<HeaderMap> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
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

async fn unready(State(seen): State<Seen>) -> StatusCode {
    let requests = seen.lock().unwrap_or_else(PoisonError::into_inner).len();
    match requests {
        0..3 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    }
}

async fn switch(mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            let (mut read, mut write) = tokio::io::split(TokioIo::new(upgraded));
            // That the client goes away is how it ends.
            let _ = tokio::io::copy(&mut read, &mut write).await;
        }
    });
    let key = request.headers().get("sec-websocket-key");
    let accept = key.map(|key| actix_http::ws::hash_key(key.as_bytes()));
    let accept = accept.as_ref().map_or(&[][..], |accept| accept);
    let headers = [
        ("connection", &b"upgrade"[..]),
        ("upgrade", b"websocket"),
        ("sec-websocket-accept", accept),
    ];
    let headers = headers
        .into_iter()
        .filter_map(|(name, value)| Some((name.parse().ok()?, value.try_into().ok()?)));
    let headers: HeaderMap = headers.collect();
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// A server that says these bytes to whoever asks, and keeps the connection open.
///
/// # Errors
///
/// When it cannot listen.
pub async fn scripted(answer: &'static str) -> Result<SocketAddr, Failed> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut socket, _)) = listener.accept().await {
            if super::wire::head(&mut socket).await.is_ok() {
                // Who has gone does not listen.
                let _ = socket.write_all(answer.as_bytes()).await;
            }
            open.push(socket);
        }
    });
    Ok(address)
}
