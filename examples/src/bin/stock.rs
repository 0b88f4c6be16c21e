//! `stock` alone: `STOCK_ADDR` is where it listens.

use std::process::ExitCode;

use tracer_examples::demo::STOCK;
use tracer_examples::say;
use tracer_examples::services::stock;
use tracer_examples::single::{self, Failed};

const USAGE: &str = "\
usage: stock

STOCK_ADDR is where it listens,
OTEL_TRACES_EXPORTER where its spans go: unset, they are printed.";

#[actix_web::main]
async fn main() -> Result<ExitCode, Failed> {
    if let Some(code) = single::usage(USAGE) {
        return Ok(code);
    }
    let backend = single::backend("stock")?;
    let (listener, address) = STOCK.bind()?;
    say::out(format_args!("stock on http://{address}"));
    stock::server(backend.tracer(), listener, single::interrupted()?)?.await?;
    single::close(backend).await?;
    Ok(ExitCode::SUCCESS)
}
