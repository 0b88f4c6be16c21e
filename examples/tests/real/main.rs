//! The demo against real servers, by its environment alone: each shows the tree that the demo
//! itself shows. Run by `servers/with.sh kafka rabbitmq jaeger zipkin -- cargo test -p
//! tracer-examples --features real-servers --test real`.

mod demo;
mod jaeger;
mod zipkin;

use std::time::{Duration, Instant};

/// What went wrong.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// An address that `servers/with.sh` has exported. Without it the test fails: it is never skipped.
fn server(variable: &str) -> Result<String, Failed> {
    std::env::var(variable).map_err(|_| {
        format!("{variable} is not set: run this by servers/with.sh, see CONTRIBUTING.md").into()
    })
}

/// Asks until there is an answer, for up to half a minute.
fn until<T>(mut ask: impl FnMut() -> Result<T, Failed>) -> Result<T, Failed> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) if Instant::now() > deadline => return Err(error),
            // A server that is asked without pause answers nobody else.
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// What a server answers to a GET, as JSON.
fn get(url: &str) -> Result<serde_json::Value, Failed> {
    Ok(serde_json::from_str(
        &ureq::get(url).call()?.body_mut().read_to_string()?,
    )?)
}
