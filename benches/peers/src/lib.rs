//! The peers of the benchmark, each as its users set it up.

mod by_hand;
mod fast;
mod otel;
mod otel_layers;
mod palantir;

use tracer_benches::table::Library;
use tracer_benches::{floor, ours};

/// All libraries; the floor first, by which the others are measured.
pub fn everybody() -> Vec<Library> {
    vec![
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
    ]
}
