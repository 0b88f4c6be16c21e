//! The peers of the benchmark, each as its users set it up.

mod by_hand;
mod fast;
mod grpc;
pub mod load;
mod otel;
mod otel_layers;
mod palantir;
mod web;

use tracer_benches::table::{self, Comparison};
use tracer_benches::{floor, ours};

/// What runs in this process, without sockets.
pub fn comparisons() -> [Comparison; 3] {
    [tower(), web::comparison(), grpc::comparison()]
}

fn tower() -> Comparison {
    table::requests(vec![
        floor::contestant,
        ours::b3,
        ours::w3c,
        ours::noop,
        fast::tower,
        fast::same_facts,
        palantir::by_hand,
        otel_layers::instrumentation_tower,
        otel_layers::tower_http,
        otel_layers::tower_otel,
        otel_layers::axum_tracing,
    ])
}
