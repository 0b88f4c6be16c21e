//! Allocations of a request, in a run of its own: the counter costs time.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_bench_peers::everybody;
use tracer_benches::bare;
use tracer_benches::case::Case;
use tracer_benches::harness::Contestant;
use tracer_benches::table::Library;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const REQUESTS: u32 = 100;

fn main() {
    let titles = Case::ALL.map(Case::title).join(" | ");
    println!("| allocations of a request + behind, in the exporter's threads | {titles} |");
    println!("|---|---|---|---|---|");
    let bare: Library = bare::contestant;
    for library in std::iter::once(bare).chain(everybody()) {
        let mut name = String::new();
        let cells = Case::ALL.map(|case| {
            let Some(mut contestant) = library(case) else {
                return String::new();
            };
            name = contestant.name().to_owned();
            contestant.warm_up(2_000);
            cell(&mut contestant)
        });
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// The least of several rounds: other threads allocate now and then.
fn cell(contestant: &mut Contestant) -> String {
    let rounds = (0..9).map(|_| {
        let (request, behind) = contestant.counted(
            REQUESTS,
            || Region::new(ALLOCATOR),
            |region| {
                let change = region.change();
                change.allocations + change.reallocations
            },
        );
        (request, behind)
    });
    let (request, behind) = rounds.min().unwrap_or_default();
    let each = |count: usize| (count as f64 / f64::from(REQUESTS)).round();
    match each(behind) {
        0.0 => format!("{}", each(request)),
        behind => format!("{} + {behind}", each(request)),
    }
}
