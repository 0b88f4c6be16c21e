//! Calls by clients.

use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::routing::any;
use tracer_core::http::HttpClient;
use tracer_tests::kit::frameworks::{Awc, Hyper, Reqwest};
use tracer_tests::kit::{Call, ClientFramework, ConfigureClient};

use crate::exported::Exported;
use crate::places::{HEADERS, QUERY, SEEN, UNASKED, asked};

/// Answers with every credential.
async fn peer() -> String {
    let headers: HeaderMap = HEADERS
        .iter()
        .chain(&UNASKED)
        .chain([&SEEN])
        .map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            (name, HeaderValue::from_static(value))
        })
        .collect();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/ok", any(async move || (headers, "session=hunter2")));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address.to_string()
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().to_string()
}

async fn check<C: ClientFramework>(client: C, configure: ConfigureClient, seen: &[&str]) {
    let exported = Exported::new();
    let peer = peer().await;
    let urls = [
        format!("http://{peer}/ok?{QUERY}"),
        format!("http://user:hunter2@{peer}/ok?{QUERY}"),
        format!("http://user:hunter2@{peer}/missing?token=hunter2"),
        format!("http://user:hunter2@{}/ok?token=hunter2#hunter2", nobody()),
    ];
    for url in &urls {
        let configure = Arc::clone(&configure);
        let with_headers = move |http: HttpClient| {
            let http = http.request_headers(asked()).response_headers(asked());
            configure(http)
        };
        let headers = HEADERS.iter().chain(&UNASKED).chain([&SEEN]);
        let lower = |(name, _): &&(&str, &str)| !name.contains(char::is_uppercase);
        let headers = headers
            .filter(lower)
            .map(|(name, value)| (*name, (*value).to_owned()));
        let call = client.call(Call {
            configure: Arc::new(with_headers),
            headers: headers.collect(),
            ..Call::new(Arc::clone(&exported.tracer), url.clone())
        });
        // Whether it worked is another test's business.
        let _ = call.await;
    }
    exported
        .check(urls.len(), &[seen, &[peer.as_str()]].concat())
        .await;
}

fn plain() -> ConfigureClient {
    Arc::new(|http| http)
}

fn with_query() -> ConfigureClient {
    Arc::new(|http| http.query(true).secret_parameters(["token"]))
}

const REDACTED: [&str; 1] = ["page=2&token=REDACTED&X-Amz-Signature=REDACTED"];

#[tokio::test]
async fn hyper() {
    check(Hyper, plain(), &[]).await;
    check(Hyper, with_query(), &REDACTED).await;
}

#[tokio::test]
async fn reqwest() {
    check(Reqwest, plain(), &[]).await;
    check(Reqwest, with_query(), &REDACTED).await;
}

#[tokio::test]
async fn awc() {
    check(Awc, plain(), &[]).await;
    check(Awc, with_query(), &REDACTED).await;
}
