//! The service that the test suite of W3C Trace Context asks to make calls, on axum and reqwest.
//!
//! `servers/w3c-suite.sh` runs the suite against it. By hand:
//! `OTEL_TRACES_EXPORTER=none cargo run -p tracer-examples --example w3c_axum -- 127.0.0.1:3000`,
//! then the suite's `python test.py http://127.0.0.1:3000/`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router, serve};
use serde_json::Value;
use tracer_examples::single::{self, Failed};
use tracer_tower::ServerLayer;
use tracer_tower::reqwest::{TracedClient, layer};

/// Posts the `arguments` of each element to its `url`, one after the other. Which headers came and
/// which go out is the layers' business.
async fn call_all(client: TracedClient, calls: Vec<Value>) -> Result<(), Failed> {
    for call in calls {
        let url = call["url"].as_str().ok_or("an element without url")?;
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .body(call["arguments"].to_string());
        request.send().await?.text().await?;
    }
    Ok(())
}

async fn test(
    State(client): State<TracedClient>,
    Json(calls): Json<Vec<Value>>,
) -> Result<&'static str, (StatusCode, String)> {
    let called = call_all(client, calls).await;
    called.map_err(|error| (StatusCode::BAD_GATEWAY, error.to_string()))?;
    Ok("called")
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("w3c-axum")?;
    let client = TracedClient::new(reqwest::Client::new(), layer(backend.tracer()));
    let app = Router::new()
        .route("/", post(test))
        .with_state(client)
        .layer(ServerLayer::new(backend.tracer()).configure(|http| http.component("axum")));

    let listener = tokio::net::TcpListener::bind(single::argument("127.0.0.1:3000")).await?;
    println!("listening on {}", listener.local_addr()?);
    serve(listener, app)
        .with_graceful_shutdown(single::interrupted()?)
        .await?;
    single::close(backend).await
}
