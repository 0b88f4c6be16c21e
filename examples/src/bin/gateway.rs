//! `gateway` alone: `GATEWAY_ADDR` is where it listens, `ORDERS_ADDR` where `orders` is.

use tracer_examples::demo::{GATEWAY, ORDERS, serve_gateway};
use tracer_examples::single::{self, Failed};

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let backend = single::backend("gateway")?;
    let (listener, address) = GATEWAY.bind()?;
    println!("gateway on http://{address}");
    let until = single::interrupted()?;
    serve_gateway(backend.tracer(), listener, ORDERS.address(), until)?.await?;
    single::close(backend).await
}
