//! axum: one layer, and every request is a SERVER span.
//!
//! `cargo run -p tracer-examples --example axum_server -- 127.0.0.1:3000`, then
//! `curl http://127.0.0.1:3000/users/7`.

use std::net::SocketAddr;

use axum::extract::Path;
use axum::routing::get;
use axum::{Router, serve};
use tracer_core::SpanRef;
use tracer_core::http::Rule;
use tracer_examples::single::{self, Failed};
use tracer_tower::ServerLayer;

async fn user(Path(id): Path<u64>) -> String {
    let span = SpanRef::current();
    span.set_tag("user.id", id);
    let trace_id = span.trace_id().map(tracing::field::display);
    tracing::info!(trace_id, id, "asked for a user");
    format!("user {id}")
}

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("axum-server")?;
    let tracing = ServerLayer::new(backend.tracer()).configure(|http| {
        http.component("axum")
            .rule(|request| (request.path() == "/health").then_some(Rule::PropagateOnly))
    });
    let app = Router::new()
        .route("/users/{id}", get(user))
        .route("/health", get(async || "up"))
        .layer(tracing);

    let listener = tokio::net::TcpListener::bind(single::argument("127.0.0.1:3000")).await?;
    println!("listening on {}", listener.local_addr()?);
    let app = app.into_make_service_with_connect_info::<SocketAddr>(); // the caller's, for the span
    serve(listener, app)
        .with_graceful_shutdown(single::interrupted()?)
        .await?;
    single::close(backend).await
}
