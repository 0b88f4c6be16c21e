//! `gateway` alone: `GATEWAY_ADDR` is where it listens, `ORDERS_ADDR` where `orders` is.

use std::process::ExitCode;

use tracer_examples::demo::{GATEWAY, ORDERS, serve_gateway};
use tracer_examples::say;
use tracer_examples::single::{self, Failed};

const USAGE: &str = "\
usage: gateway

GATEWAY_ADDR is where it listens, ORDERS_ADDR where orders is,
OTEL_TRACES_EXPORTER where its spans go: unset, they are printed.";

#[tokio::main]
async fn main() -> Result<ExitCode, Failed> {
    if let Some(code) = single::usage(USAGE) {
        return Ok(code);
    }
    let backend = single::backend("gateway")?;
    let (listener, address) = GATEWAY.bind()?;
    say::out(format_args!("gateway on http://{address}"));
    let until = single::interrupted()?;
    serve_gateway(backend.tracer(), listener, ORDERS.address(), until)?.await?;
    single::close(backend).await?;
    Ok(ExitCode::SUCCESS)
}
