//! The tables, as Markdown.

use crate::case::Case;
use crate::harness::{self, Contestant, Effort, Samples, Time};
use crate::{bare, busy, export, micro, stalled};

/// A library: gives a contestant for each case that it knows.
pub type Library = fn(Case) -> Option<Contestant>;

/// All tables.
pub fn everything(libraries: &[Library]) {
    let few = Effort {
        rounds: 101,
        ..Effort::default()
    };
    // First, while the process holds little.
    stalled::table();
    println!();
    requests_table(libraries, Effort::default());
    println!();
    micro::table(Effort::default());
    println!();
    export::cpu_table(Effort::default());
    println!();
    export::throughput_table(2_000_000);
    println!();
    busy::table(few);
}

/// Measures requests: every library in every case, over the bare service and as a multiple of the
/// floor, which is the first library.
pub fn requests_table(libraries: &[Library], effort: Effort) {
    let columns: Vec<_> = Case::ALL
        .iter()
        .map(|case| (*case, column(libraries, *case, effort)))
        .collect();
    let mut names: Vec<String> = Vec::new();
    for samples in columns.iter().flat_map(|(_, column)| column.iter().skip(1)) {
        if !names.contains(&samples.name) {
            names.push(samples.name.clone());
        }
    }
    let heads: Vec<_> = Case::ALL.iter().map(|case| case.title()).collect();
    println!(
        "| ns per request over the bare service (× floor) | {} |",
        heads.join(" | ")
    );
    println!("|---|{}", "---|".repeat(columns.len()));
    let bare: Vec<_> = columns
        .iter()
        .map(|(_, column)| {
            column
                .first()
                .map_or(String::new(), |s| format!("({:.0})", s.median()))
        })
        .collect();
    println!("| the bare service itself | {} |", bare.join(" | "));
    for name in names {
        let cells: Vec<_> = columns
            .iter()
            .map(|(case, column)| cell(*case, column, &name))
            .collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

fn column(libraries: &[Library], case: Case, effort: Effort) -> Vec<Samples> {
    let bare: Library = bare::contestant;
    let everybody = std::iter::once(&bare).chain(libraries);
    let mut contestants: Vec<_> = everybody.filter_map(|library| library(case)).collect();
    harness::run(&mut contestants, Time::Thread, effort)
}

fn cell(case: Case, column: &[Samples], name: &str) -> String {
    let (Some(bare), Some(floor)) = (column.first(), column.get(1)) else {
        return String::new();
    };
    let Some(own) = column.iter().find(|samples| samples.name == name) else {
        return String::new();
    };
    let over = own.over(bare);
    let ratio = over / floor.over(bare);
    format!("{over:.0} ({ratio:.2}){}", lost(own, case))
}

/// A library whose spans do not arrive has not done the work.
fn lost(samples: &Samples, case: Case) -> String {
    let expected = f64::from(u8::from(case.is_sampled()));
    match samples.spans {
        Some(spans) if (spans - expected).abs() > 1e-6 => format!(", {spans:.3} spans"),
        _ => String::new(),
    }
}
