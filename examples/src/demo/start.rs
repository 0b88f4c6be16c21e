//! The three services with the backends that the environment names, each with one of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tracer_backends::{Backend, Setup, WhenUnset};
use tracer_recording::InMemoryReporter;

use super::{Failed, GATEWAY, JsonReporter, ORDERS, STOCK, serve};

/// The three services, serving until the process ends.
#[derive(Debug)]
pub struct Running {
    services: [Service; 3],
}

#[derive(Debug)]
struct Service {
    name: &'static str,
    address: SocketAddr,
    backend: Arc<Backend>,
}

/// Starts the services. Their spans go to `spans`, to `json`, and to the backends that the
/// environment names; the console is standard error beside `json`.
///
/// # Errors
///
/// When a port is taken or the environment names a backend that cannot be had.
pub fn start(spans: &InMemoryReporter, json: Option<&JsonReporter>) -> Result<Running, Failed> {
    let (at_gateway, gateway) = GATEWAY.bind()?;
    let (at_orders, orders) = ORDERS.bind()?;
    let (at_stock, stock) = STOCK.bind()?;
    let backend = |name: &'static str| -> Result<Arc<Backend>, Failed> {
        let setup = Setup::from_env()?
            .service_name(name)
            .when_unset(WhenUnset::Nothing);
        let setup = setup.also(spans.clone());
        let setup = match json {
            Some(json) => {
                let json = json.named(setup.conventions());
                // Standard output is for the list.
                setup.also(json).console_to(io::stderr())
            }
            None => setup,
        };
        Ok(Arc::new(setup.build()?))
    };
    let services = [
        Service {
            name: "gateway",
            address: gateway,
            backend: backend("gateway")?,
        },
        Service {
            name: "orders",
            address: orders,
            backend: backend("orders")?,
        },
        Service {
            name: "stock",
            address: stock,
            backend: backend("stock")?,
        },
    ];
    let tracers = services.each_ref().map(|service| service.backend.tracer());
    serve(tracers, [at_gateway, at_orders, at_stock])?;
    Ok(Running { services })
}

impl Running {
    /// The services and where they listen.
    pub fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> + '_ {
        self.services
            .iter()
            .map(|service| (service.name, service.address))
    }

    /// Where the gateway listens.
    pub fn gateway(&self) -> SocketAddr {
        let [gateway, ..] = &self.services;
        gateway.address
    }

    /// Gives every backend up to `timeout` to deliver what it has. What could not be delivered is
    /// kept, and tried again.
    pub async fn flush(&self, timeout: Duration) {
        self.each(move |backend| backend.flush(timeout).is_ok())
            .await;
    }

    /// The same at the end: what could not be delivered is lost, and told by
    /// [`losses`](Self::losses).
    pub async fn shutdown(&self, timeout: Duration) {
        self.each(move |backend| backend.shutdown(timeout).is_ok())
            .await;
    }

    async fn each(&self, what: impl Fn(&Backend) -> bool + Clone + Send + 'static) {
        let all = self.services.iter().map(|service| {
            let (backend, what) = (Arc::clone(&service.backend), what.clone());
            tokio::task::spawn_blocking(move || what(&backend))
        });
        futures_util::future::join_all(all).await;
    }

    /// One line for each service and backend that lost spans: how many, and why.
    pub fn losses(&self) -> Vec<String> {
        let lost = |service: &Service| {
            let name = service.name;
            service
                .backend
                .losses()
                .into_iter()
                .map(move |loss| format!("{name}: {loss}"))
        };
        self.services.iter().flat_map(lost).collect()
    }
}
