//! Serves `gateway`, `orders` and `stock` on listeners, with tracers, that somebody else chose.

use std::future::pending;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use http::Uri;
use tonic::transport::{Channel, Endpoint};
use tracer_core::Tracer;

use super::Failed;
use crate::say;
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
    let orders_serving = serve_orders(second, at_orders, stock, pending())?;
    let gateway_serving = serve_gateway(first, at_gateway, orders, pending())?;
    tokio::spawn(async { said(orders_serving.await) });
    tokio::spawn(async { said(gateway_serving.await) });
    Ok(())
}

/// Serves `gateway` on a bound listener until told to stop, and then what is in flight; `orders` is
/// connected to at the first request.
///
/// # Errors
///
/// When the listener or the address cannot be used.
pub fn serve_gateway(
    tracer: Arc<dyn Tracer>,
    listener: TcpListener,
    orders: impl std::fmt::Display,
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<impl Future<Output = io::Result<()>> + Send, Failed> {
    let channel: Channel = Endpoint::try_from(format!("http://{orders}"))?.connect_lazy();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let router = gateway::router(tracer, channel);
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, router).with_graceful_shutdown(until);
    Ok(serving.into_future())
}

/// Serves `orders` on a bound listener until told to stop, and then what is in flight.
///
/// # Errors
///
/// When the listener cannot be used.
pub fn serve_orders(
    tracer: Arc<dyn Tracer>,
    listener: TcpListener,
    stock: Uri,
    until: impl Future<Output = ()> + Send,
) -> Result<impl Future<Output = Result<(), tonic::transport::Error>> + Send, Failed> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    Ok(orders::serve(tracer, listener, stock, until))
}

/// Serves `stock` on a bound listener, on a thread with actix's own runtime.
///
/// # Errors
///
/// When the thread cannot be started. What goes wrong in the server is said on standard error.
pub fn stock_on_its_own_thread(
    tracer: Arc<dyn Tracer>,
    listener: TcpListener,
) -> io::Result<thread::JoinHandle<()>> {
    let serve = move || {
        actix_rt::System::new().block_on(async move {
            match stock::server(tracer, listener, pending()) {
                Ok(server) => said(server.await),
                Err(error) => say::err(format_args!("stock: {error}")),
            }
        });
    };
    thread::Builder::new().name("stock".to_owned()).spawn(serve)
}

fn said<E: std::fmt::Display>(outcome: Result<(), E>) {
    if let Err(error) = outcome {
        say::err(format_args!("a service ended: {error}"));
    }
}
