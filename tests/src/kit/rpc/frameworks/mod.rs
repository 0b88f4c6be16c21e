//! The servers and clients of this workspace that speak gRPC.

mod codec;
mod hyper_client;
mod hyper_server;
mod tonic_client;
mod tonic_server;
mod tonic_service;

pub use hyper_client::Hyper;
pub use hyper_server::{Bare, HyperServer};
pub use tonic_client::TonicClient;
pub use tonic_server::{Axum, Doubled, Tonic, Twice};

use tracer_core::http::HttpServer;

use super::plan::Plan;

/// The settings of a plan, as those who speak gRPC with `tracer-tower` alone apply them.
fn http(plan: &Plan, component: &str) -> HttpServer {
    let settings = plan.settings.clone();
    let http = HttpServer::new(plan.tracer.clone(), component);
    let http = http
        .rpc_methods(settings.methods)
        .incoming(settings.incoming);
    let http = match settings.timeout {
        Some(timeout) => http.rpc_timeout(timeout),
        None => http,
    };
    match settings.rule {
        Some(rule) => http.rule(move |request| rule(request)),
        None => http,
    }
}
