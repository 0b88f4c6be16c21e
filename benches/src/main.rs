//! The light run: bare, floor and ours.

use tracer_benches::harness::Effort;
use tracer_benches::{floor, ours, table};

fn main() {
    table::requests_table(
        &[floor::contestant, ours::b3, ours::w3c, ours::noop],
        Effort::default(),
    );
}
