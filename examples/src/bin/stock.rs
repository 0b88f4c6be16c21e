//! `stock` alone: `STOCK_ADDR` is where it listens.

use tracer_examples::demo::{STOCK, stock_on_its_own_thread};
use tracer_examples::single::{self, Failed};

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("stock")?;
    let (listener, address) = STOCK.bind()?;
    println!("stock on http://{address}");
    stock_on_its_own_thread(backend.tracer(), listener)?;
    single::until_interrupted(backend).await
}
