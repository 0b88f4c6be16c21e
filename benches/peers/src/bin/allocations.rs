//! Allocations of a request, in a run of its own: the counter costs time.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_bench_peers::comparisons;
use tracer_benches::case::Case;
use tracer_benches::harness::Contestant;
use tracer_benches::table::Comparison;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const REQUESTS: u32 = 100;

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).collect();
    for comparison in comparisons() {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == comparison.name) {
            table(&comparison);
            println!();
        }
    }
}

fn table(comparison: &Comparison) {
    let titles = Case::ALL.map(Case::title).join(" | ");
    println!(
        "| {}: allocations over the bare service + behind, in the exporter's threads | {titles} |",
        comparison.name
    );
    println!("|---|---|---|---|---|");
    let bare = Case::ALL.map(|case| {
        let contestant = (comparison.bare)(case);
        contestant.map_or(0, |mut contestant| counts(&mut contestant).0)
    });
    let cells = bare.map(|count| format!("({})", each(count as i64)));
    println!("| the bare service itself | {} |", cells.join(" | "));
    for library in &comparison.libraries {
        let mut name = String::new();
        let mut cells = Vec::new();
        for (case, bare) in Case::ALL.into_iter().zip(bare) {
            cells.push(library(case).map_or(String::new(), |mut contestant| {
                name = contestant.name().to_owned();
                cell(counts(&mut contestant), bare)
            }));
        }
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// In the thread of the requests, and behind it: the least of several rounds, because other threads
/// allocate now and then.
fn counts(contestant: &mut Contestant) -> (usize, usize) {
    contestant.warm_up(2_000);
    let rounds = (0..9).map(|_| {
        contestant.counted(
            REQUESTS,
            || Region::new(ALLOCATOR),
            |region| {
                let change = region.change();
                change.allocations + change.reallocations
            },
        )
    });
    rounds.min().unwrap_or_default()
}

fn cell((request, behind): (usize, usize), bare: usize) -> String {
    let over = each(request as i64 - bare as i64);
    match each(behind as i64) {
        0 => format!("{over}"),
        behind => format!("{over} + {behind}"),
    }
}

fn each(count: i64) -> i64 {
    (count as f64 / f64::from(REQUESTS)).round() as i64
}
