//! hyper-util's client: every call is a CLIENT span, and its context travels in the headers.
//!
//! `cargo run -p tracer-examples --example hyper_client -- http://127.0.0.1:3000/users/7`

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use tower::{Service, ServiceBuilder, ServiceExt};
use tracer_examples::single::{self, Failed};
use tracer_tower::ClientLayer;
use tracer_tower::error::causes;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("hyper-client")?;
    let http = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let mut client = ServiceBuilder::new()
        .layer(
            ClientLayer::new(backend.tracer())
                .configure(|http| http.peer_service("axum-server"))
                .failures(|error, call| {
                    causes::<Error>(error, call) || causes::<hyper::Error>(error, call)
                }),
        )
        .service(http);

    let request = http::Request::get(single::argument("http://127.0.0.1:3000/users/7"));
    let response = client
        .ready()
        .await?
        .call(request.body(Empty::new())?)
        .await?;
    // The span ends with the body.
    let body = response.into_body().collect().await?.to_bytes();
    println!("{}", String::from_utf8_lossy(&body));
    single::close(backend).await
}
