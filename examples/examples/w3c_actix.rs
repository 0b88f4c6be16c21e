//! The service that the test suite of W3C Trace Context asks to make calls, on actix-web and awc.
//!
//! `servers/w3c-suite.sh` runs the suite against it. By hand:
//! `OTEL_TRACES_EXPORTER=none cargo run -p tracer-examples --example w3c_actix -- 127.0.0.1:3002`,
//! then the suite's `python test.py http://127.0.0.1:3002/`.

use actix_web::error::ErrorBadGateway;
use actix_web::{App, HttpServer, web};
use serde_json::Value;
use tracer_actix::{ClientTracing, Tracing};
use tracer_examples::single::{self, Failed};

/// Posts the `arguments` of each element to its `url`, one after the other. Which headers came and
/// which go out is the layers' business.
async fn call_all(client: &awc::Client, calls: Vec<Value>) -> Result<(), Failed> {
    for call in calls {
        let url = call["url"].as_str().ok_or("an element without url")?;
        let request = client
            .post(url)
            .insert_header(("content-type", "application/json"));
        let sent = request.send_body(call["arguments"].to_string()).await;
        sent.map_err(|error| error.to_string())?.body().await?;
    }
    Ok(())
}

async fn test(
    client: web::Data<awc::Client>,
    calls: web::Json<Vec<Value>>,
) -> Result<&'static str, actix_web::Error> {
    let called = call_all(&client, calls.into_inner()).await;
    called.map_err(|error| ErrorBadGateway(error.to_string()))?;
    Ok("called")
}

#[actix_web::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("w3c-actix")?;
    let (tracing, calls) = (
        Tracing::new(backend.tracer()),
        ClientTracing::new(backend.tracer()),
    );
    let server = HttpServer::new(move || {
        // A client belongs to the thread that made it.
        let client = awc::Client::builder().wrap(calls.clone()).finish();
        App::new()
            .app_data(web::Data::new(client))
            .route("/", web::post().to(test))
            .wrap(tracing.clone())
    })
    .workers(1)
    .shutdown_signal(single::interrupted()?)
    .bind(single::argument("127.0.0.1:3002"))?;
    for address in server.addrs() {
        println!("listening on {address}");
    }
    server.run().await?;
    single::close(backend).await
}
