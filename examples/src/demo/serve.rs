//! Serves `gateway`, `orders` and `stock` on listeners, with tracers, that somebody else chose.

use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use http::Uri;
use tonic::transport::{Channel, Endpoint};
use tracer_core::Tracer;

use super::Failed;
use crate::services::{gateway, orders, stock};

/// Serves all three, in the order of the call chain, on bound listeners until the process ends.
/// Must be called within a tokio runtime.
///
/// # Errors
///
/// When a listener cannot be used.
pub fn serve(tracers: [Arc<dyn Tracer>; 3], listeners: [TcpListener; 3]) -> Result<(), Failed> {
    let [first, second, third] = tracers;
    let [at_gateway, at_orders, at_stock] = listeners;
    let stock = format!("http://{}/", at_stock.local_addr()?).parse()?;
    let orders = at_orders.local_addr()?;
    stock_on_its_own_thread(third, at_stock)?;
    tokio::spawn(serve_orders(second, at_orders, stock)?);
    tokio::spawn(serve_gateway(first, at_gateway, orders)?);
    Ok(())
}

/// Serves `gateway` on a bound listener; `orders` is connected to at the first request.
///
/// # Errors
///
/// When the listener or the address cannot be used.
pub fn serve_gateway(
    tracer: Arc<dyn Tracer>,
    listener: TcpListener,
    orders: impl std::fmt::Display,
) -> Result<impl Future<Output = ()> + Send, Failed> {
    let channel: Channel = Endpoint::try_from(format!("http://{orders}"))?.connect_lazy();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = gateway::router(tracer, channel);
    Ok(async move { said(axum::serve(listener, router).await) })
}

/// Serves `orders` on a bound listener.
///
/// # Errors
///
/// When the listener cannot be used.
pub fn serve_orders(
    tracer: Arc<dyn Tracer>,
    listener: TcpListener,
    stock: Uri,
) -> Result<impl Future<Output = ()> + Send, Failed> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(async move { said(orders::serve(tracer, listener, stock).await) })
}

/// Serves `stock` on a bound listener, on a thread with actix's own runtime.
///
/// # Errors
///
/// When the thread cannot be started. What goes wrong in the server is said on standard error.
pub fn stock_on_its_own_thread(
    tracer: Arc<dyn Tracer>,
    listener: TcpListener,
) -> std::io::Result<thread::JoinHandle<()>> {
    let serve = move || {
        actix_rt::System::new().block_on(async move {
            match stock::server(tracer, listener) {
                Ok(server) => said(server.await),
                Err(error) => eprintln!("stock: {error}"),
            }
        });
    };
    thread::Builder::new().name("stock".to_owned()).spawn(serve)
}

fn said<E: std::fmt::Display>(outcome: Result<(), E>) {
    if let Err(error) = outcome {
        eprintln!("a service ended: {error}");
    }
}
