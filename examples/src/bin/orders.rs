//! `orders` alone: `ORDERS_ADDR` is where it listens, `STOCK_ADDR` where `stock` is.

use std::process::ExitCode;

use tracer_examples::demo::{ORDERS, STOCK, serve_orders};
use tracer_examples::say;
use tracer_examples::single::{self, Failed};

const USAGE: &str = "\
usage: orders

ORDERS_ADDR is where it listens, STOCK_ADDR where stock is,
OTEL_TRACES_EXPORTER where its spans go: unset, they are printed.";

#[tokio::main]
async fn main() -> Result<ExitCode, Failed> {
    if let Some(code) = single::usage(USAGE) {
        return Ok(code);
    }
    let backend = single::backend("orders")?;
    let (listener, address) = ORDERS.bind()?;
    say::out(format_args!("orders on http://{address}"));
    let stock = format!("http://{}/", STOCK.address()).parse()?;
    serve_orders(backend.tracer(), listener, stock, single::interrupted()?)?.await?;
    single::close(backend).await?;
    Ok(ExitCode::SUCCESS)
}
