//! Takes Zipkin v2 JSON over HTTP.

use std::io::Read;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bytes::Bytes;
use flate2::read::GzDecoder;
use serde_json::Value;
use tokio::sync::Notify;
use tracer_tests::kit::Failed;

/// The spans that came.
#[derive(Default)]
struct Taken {
    spans: Mutex<Vec<Value>>,
    more: Notify,
}

pub(super) struct Collector {
    address: SocketAddr,
    taken: Arc<Taken>,
}

impl Collector {
    pub(super) async fn start() -> std::io::Result<Self> {
        let taken = Arc::new(Taken::default());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/api/v2/spans", post(take))
            .with_state(Arc::clone(&taken));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, taken })
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}/api/v2/spans", self.address)
    }

    pub(super) async fn wait_for(
        &self,
        count: usize,
        patience: Duration,
    ) -> Result<Vec<Value>, Failed> {
        let come = async {
            loop {
                let more = self.taken.more.notified();
                let spans = self
                    .taken
                    .spans
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                if spans.len() >= count {
                    return spans;
                }
                more.await;
            }
        };
        Ok(tokio::time::timeout(patience, come).await?)
    }
}

async fn take(State(taken): State<Arc<Taken>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut text = Vec::new();
    let read = match headers.get("content-encoding") {
        Some(_) => GzDecoder::new(&*body).read_to_end(&mut text).map(|_| ()),
        None => {
            text.extend_from_slice(&body);
            Ok(())
        }
    };
    let list = read
        .ok()
        .and_then(|()| serde_json::from_slice::<Vec<Value>>(&text).ok());
    let Some(list) = list else {
        return StatusCode::BAD_REQUEST;
    };
    taken
        .spans
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(list);
    taken.more.notify_waiters();
    StatusCode::ACCEPTED
}
