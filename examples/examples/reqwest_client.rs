//! reqwest: every request is a CLIENT span.
//!
//! `cargo run -p tracer-examples --example reqwest_client -- http://127.0.0.1:3000/users/7`

use tracer_examples::single::{self, Failed};
use tracer_tower::reqwest::{TracedClient, layer};

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("reqwest-client")?;
    let tracing = layer(backend.tracer()).configure(|http| http.peer_service("axum-server"));
    let client = TracedClient::new(reqwest::Client::new(), tracing);

    let request = client.get(single::argument("http://127.0.0.1:3000/users/7"));
    let response = request.template("/users/{id}").send().await?;
    // The span ends with the body.
    println!("{}", response.text().await?);
    single::close(backend).await
}
