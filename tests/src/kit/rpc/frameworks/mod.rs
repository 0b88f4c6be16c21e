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
    let http = HttpServer::new(plan.tracer.clone(), component);
    plan.settings.apply(http)
}
