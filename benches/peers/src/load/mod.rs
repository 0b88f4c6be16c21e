//! A real axum server under load: sockets on the loopback, keep-alive connections that always have
//! one request under way, and all of them driven by another process, so that its processor time and
//! its allocator are not the server's.

mod asked;
mod generator;
mod remote;
mod servers;

use tracer_benches::harness::{self, Contestant, Effort, Samples, Time, median};

use asked::Slice;
use remote::{Generator, Log};
use servers::Server;

pub use generator::run as generate;

/// The argument that makes the generator of this program.
pub const GENERATOR: &str = "generate-load";

/// A tenth of a second of requests, or a few, in each round.
pub const EFFORT: Effort = Effort {
    rounds: 21,
    slice: 10_000,
};

/// Serves with everybody in turn.
///
/// # Panics
///
/// If there are no sockets, an answer is wrong, or a library's spans do not arrive.
pub fn table(effort: Effort) {
    // One worker, so that requests per second are those of one core whatever the machine has.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_io()
        .build()
        .expect("a runtime");
    let generator = Generator::start();
    let servers = servers::all();
    let sampled: Vec<_> = servers
        .iter()
        .map(|own| own.traced && own.case.is_sampled())
        .collect();
    let (mut contestants, logs): (Vec<_>, Vec<_>) = servers
        .into_iter()
        .map(|server| contestant(server, &runtime, &generator))
        .unzip();
    let samples = harness::run(&mut contestants, Time::Process, effort);
    for (own, sampled) in samples.iter().zip(sampled) {
        // Queues may be too short for a server that never rests: that is told in the table.
        own.assert_exported(if sampled { 0.5 } else { 0.0 });
    }
    println!(
        "| axum under load | requests/s (× no layer) | p50, µs | p99, µs | processor time of a \
         request, all threads, µs | over no layer | spans that arrived |"
    );
    println!("|---|---|---|---|---|---|---|");
    let Some((bare, bare_log)) = samples.first().zip(logs.first()) else {
        return;
    };
    for (own, log) in samples.iter().zip(&logs) {
        println!("{}", row((own, log), (bare, bare_log)));
    }
}

fn contestant(
    server: Server,
    runtime: &tokio::runtime::Runtime,
    generator: &Generator,
) -> (Contestant, Log) {
    let slice = Slice {
        port: server.listen(runtime),
        case: server.case,
        wire: server.wire,
        requests: 0,
    };
    let log = Log::default();
    let run = generator.driving(slice, &log);
    ((server.finish)(run), log)
}

fn row((own, log): (&Samples, &Log), (bare, bare_log): (&Samples, &Log)) -> String {
    // The first slice was the warm-up.
    let slices = log.borrow().iter().skip(1).copied().collect::<Vec<_>>();
    let of_bare = bare_log.borrow();
    let pairs = slices.iter().zip(of_bare.iter().skip(1));
    let ratio = median(pairs.map(|(own, bare)| own.rate / bare.rate).collect());
    let median_of = |figure: fn(&asked::Answer) -> f64| median(slices.iter().map(figure).collect());
    let rate = median_of(|slice| slice.rate);
    let (half, most) = (median_of(|slice| slice.p50), median_of(|slice| slice.p99));
    let cpu = own.median() / 1000.0;
    let over = own.over(bare) / 1000.0;
    let spans = own
        .spans
        .map_or(String::new(), |spans| format!("{:.1} %", spans * 100.0));
    format!(
        "| {} | {rate:.0} ({ratio:.2}) | {half:.0} | {most:.0} | {cpu:.2} | {over:.2} | {spans} |",
        own.name
    )
}
