//! `stock` alone: `STOCK_ADDR` is where it listens.

use tracer_examples::demo::STOCK;
use tracer_examples::services::stock;
use tracer_examples::single::{self, Failed};

#[actix_web::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("stock")?;
    let (listener, address) = STOCK.bind()?;
    println!("stock on http://{address}");
    stock::server(backend.tracer(), listener, single::interrupted()?)?.await?;
    single::close(backend).await
}
