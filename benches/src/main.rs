//! The light run: bare, floor and ours. With `once NAME CASE COUNT` only that, for a profiler.

use tracer_benches::case::Case;
use tracer_benches::harness::Effort;
use tracer_benches::table::Library;
use tracer_benches::{bare, busy, client, export, floor, grpc, micro, ours, table, web};

const LIBRARIES: [(&str, Library); 5] = [
    ("bare", bare::contestant),
    ("floor", floor::contestant),
    ("ours", ours::b3),
    ("w3c", ours::w3c),
    ("noop", ours::noop),
];
const CASES: [(&str, Case); 4] = [
    ("root", Case::NewRoot),
    ("sampled", Case::SampledParent),
    ("unsampled", Case::UnsampledParent),
    ("off", Case::Off),
];

fn main() {
    let args: Vec<_> = std::env::args().skip(1).collect();
    match &*args.iter().map(|arg| &**arg).collect::<Vec<_>>() {
        [] => {
            let libraries: Vec<_> = LIBRARIES.iter().skip(1).map(|library| library.1).collect();
            table::everything(&libraries);
        }
        ["operations"] => micro::table(Effort::default()),
        ["export"] => {
            export::cpu_table(Effort::default());
            export::throughput_table(2_000_000);
        }
        ["requests"] => {
            let libraries: Vec<_> = LIBRARIES.iter().skip(1).map(|library| library.1).collect();
            table::requests_table(&libraries, Effort::default());
        }
        ["busy"] => busy::table(),
        ["once", name, case, count] => once(name, case, count),
        _ => eprintln!(
            "usage: [requests | operations | export | busy | once bare|floor|ours|w3c|noop|bare-client|client|noop-client|bare-grpc|grpc|noop-grpc|bare-web|web|noop-web|child|json|proto3 root|sampled|unsampled|off COUNT]"
        ),
    }
}

/// Nothing but the requests themselves, so that instructions can be counted.
fn once(name: &str, case: &str, count: &str) {
    let others: [(&str, Library); 12] = [
        ("bare-client", client::bare),
        ("client", client::ours),
        ("noop-client", client::noop),
        ("bare-grpc", grpc::bare),
        ("grpc", grpc::ours),
        ("noop-grpc", grpc::noop),
        ("bare-web", web::bare),
        ("web", web::ours),
        ("noop-web", web::noop),
        ("child", micro::child),
        ("json", export::json),
        ("proto3", export::proto3),
    ];
    let mut libraries = LIBRARIES.iter().chain(&others);
    let library = libraries.find(|(known, _)| *known == name);
    let case = CASES.iter().find(|(known, _)| *known == case);
    let (Some((_, library)), Some((_, case)), Ok(count)) = (library, case, count.parse()) else {
        return eprintln!("no such contestant, case or count");
    };
    if let Some(mut contestant) = library(*case) {
        contestant.warm_up(count);
    }
}
