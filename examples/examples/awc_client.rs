//! awc, actix's client: every request is a CLIENT span.
//!
//! `cargo run -p tracer-examples --example awc_client -- http://127.0.0.1:3002/stock/tea`

use tracer_actix::ClientTracing;
use tracer_examples::single::{self, Failed};

#[actix_web::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("awc-client")?;
    let tracing =
        ClientTracing::new(backend.tracer()).configure(|http| http.peer_service("actix-server"));
    let client = awc::Client::builder().wrap(tracing).finish();

    let request = client.get(single::argument("http://127.0.0.1:3002/stock/tea"));
    let mut response = request.send().await.map_err(|error| error.to_string())?;
    // The span ends with the body.
    let body = response.body().await?;
    println!("{}", String::from_utf8_lossy(&body));
    single::close(backend).await
}
