//! Servers of others that refuse a list by its head, and hang up on the rest.

use std::time::Duration;

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use tokio::net::TcpListener;
use tower_http::limit::RequestBodyLimitLayer;
use tracer_recording::Delivery;
use tracer_zipkin::{HttpSender, Sender};

/// More than the buffers of two sockets hold, and hard to compress.
const BYTES: usize = 16 << 20;
/// For one try.
const LONG: Duration = Duration::from_secs(20);

fn list() -> Vec<u8> {
    let mut list = Vec::with_capacity(BYTES);
    let mut state = 1u64;
    while list.len() < BYTES {
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1);
        list.extend(state.to_ne_bytes());
    }
    list
}

/// What the second try says if the first one does not know.
fn told(list: &[u8], url: &str) -> Delivery {
    let mut sender = HttpSender::new(url).unwrap();
    let mut send = || sender.send(list, "application/json", LONG);
    match send() {
        Delivery::Retry { .. } => send(),
        told => told,
    }
}

#[test]
fn what_a_server_says_of_the_head_alone_is_found_out() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new()
        .route("/api/v2/spans", post(|_: Bytes| async { "" }))
        .route_layer(RequestBodyLimitLayer::new(BYTES / 2));
    runtime.spawn(async { axum::serve(listener, app).await });
    let list = list();
    let delivery = told(&list, &format!("http://{address}/api/v2/spans"));
    assert!(
        matches!(&delivery, Delivery::TooLarge { reason } if reason.starts_with("HTTP 413")),
        "{delivery:?}"
    );
    let delivery = told(&list, &format!("http://{address}/wrong"));
    assert!(
        matches!(&delivery, Delivery::Rejected { reason } if reason.starts_with("HTTP 404")),
        "{delivery:?}"
    );
}
