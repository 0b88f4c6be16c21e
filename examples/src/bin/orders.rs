//! `orders` alone: `ORDERS_ADDR` is where it listens, `STOCK_ADDR` where `stock` is.

use tracer_examples::demo::{ORDERS, STOCK, serve_orders};
use tracer_examples::single::{self, Failed};

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("orders")?;
    let (listener, address) = ORDERS.bind()?;
    println!("orders on http://{address}");
    let stock = format!("http://{}/", STOCK.address()).parse()?;
    serve_orders(backend.tracer(), listener, stock, single::interrupted()?)?.await?;
    single::close(backend).await
}
