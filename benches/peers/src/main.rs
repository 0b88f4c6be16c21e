//! What tracing costs with ours and with the peers. See `../README.md`.

use tracer_bench_peers::{comparisons, load};
use tracer_benches::harness::Effort;
use tracer_benches::{busy, export, micro, stalled};

/// The first of them while the process holds little.
const TABLES: [(&str, fn()); 8] = [
    ("stalled", stalled::table),
    ("requests", || compared("requests")),
    ("operations", || micro::table(Effort::default())),
    ("export", export),
    ("busy", busy::table),
    ("actix", || compared("actix")),
    ("tonic", || compared("tonic")),
    ("server", || load::table(load::EFFORT)),
];

fn main() {
    let wanted: Vec<_> = std::env::args().skip(1).collect();
    if wanted == [load::GENERATOR] {
        return load::generate();
    }
    let known = |name: &String| TABLES.iter().any(|(table, _)| table == name);
    if !wanted.iter().all(known) {
        let names = TABLES.map(|(name, _)| name).join(" | ");
        return eprintln!("usage: [{names}]...");
    }
    for (name, table) in TABLES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            table();
            println!();
        }
    }
}

fn export() {
    export::cpu_table(Effort::default());
    println!();
    export::throughput_table(2_000_000);
}

fn compared(name: &str) {
    for comparison in comparisons() {
        if comparison.name == name {
            comparison.table(Effort::default());
        }
    }
}
