//! What tracing costs with ours and with the peers. See `../README.md`.

mod by_hand;
mod fast;
mod otel;
mod otel_layers;
mod palantir;

use tracer_benches::harness::Effort;
use tracer_benches::{floor, ours, table};

fn main() {
    table::requests_table(
        &[
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
        ],
        Effort::default(),
    );
}
