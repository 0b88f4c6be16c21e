//! actix-web: one middleware, and every request is a SERVER span.
//!
//! `cargo run -p tracer-examples --example actix_server -- 127.0.0.1:3002`, then
//! `curl http://127.0.0.1:3002/stock/tea`.

use actix_web::{App, HttpServer, web};
use tracer_actix::Tracing;
use tracer_core::SpanRef;
use tracer_examples::single::{self, Failed};

async fn stock(item: web::Path<String>) -> String {
    SpanRef::current().set_tag("item", item.as_str());
    "7".to_owned()
}

#[actix_web::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("actix-server")?;
    let tracing = Tracing::new(backend.tracer());
    let server = HttpServer::new(move || {
        App::new()
            .route("/stock/{item}", web::get().to(stock))
            .wrap(tracing.clone())
    })
    .workers(1)
    .shutdown_signal(single::interrupted()?)
    .bind(single::argument("127.0.0.1:3002"))?;
    for address in server.addrs() {
        println!("listening on {address}");
    }
    // Serves until it is interrupted, then lets requests in flight finish.
    server.run().await?;
    single::close(backend).await
}
