//! A collector that never answers: what the process holds while spans keep coming.

use std::time::Duration;

use tower::Layer;
use tracer_recording::{BatchReporter, Delivery, RecordingTracer};
use tracer_tower::ServerLayer;
use tracer_zipkin::{Sender, ZipkinExporter};

use crate::bare::Bare;
use crate::case::{Case, Wire};
use crate::drive::requests;

/// Hangs for as long as anybody measures.
struct Hanging;

impl Sender for Hanging {
    fn send(&mut self, _: &[u8], _: &str, _: Duration) -> Delivery {
        std::thread::sleep(Duration::from_secs(60));
        Delivery::Sent { bytes: 0 }
    }

    fn describe(&self) -> String {
        "hanging".to_owned()
    }
}

/// Resident memory after more and more requests, on Linux.
pub fn table() {
    let reporter = BatchReporter::builder(ZipkinExporter::over(Hanging))
        .close_timeout(Duration::ZERO)
        .build();
    let tracer = RecordingTracer::builder("benches", reporter.clone()).build();
    let layer =
        ServerLayer::new(std::sync::Arc::new(tracer)).configure(|http| http.component("axum"));
    let mut run = requests(layer.layer(Bare), Case::NewRoot, Wire::B3);
    println!(
        "| requests while the collector hangs | resident, KiB more than before | queued | dropped |"
    );
    println!("|---|---|---|---|");
    let before = resident();
    let mut done = 0;
    for more in [5_000, 10_000, 85_000, 900_000] {
        run(more);
        done += more;
        let counts = reporter.counts();
        let grown = resident().saturating_sub(before);
        println!(
            "| {done} | {grown} | {} | {} |",
            counts.queued,
            counts.dropped()
        );
    }
}

/// KiB; zero where the system does not tell.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
