//! The whole way of a span, over all threads: from the request to the encoded list.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tower::Layer;
use tracer_recording::{BatchReporter, Delivery, RecordingTracer};
use tracer_tower::ServerLayer;
use tracer_zipkin::{Encoding, Sender, ZipkinExporter};

use crate::bare::{self, Bare};
use crate::case::{Case, Wire};
use crate::drive::requests;
use crate::harness::{self, Contestant, Effort, Time};

/// Takes every list at once.
#[derive(Debug)]
struct Nowhere;

impl Sender for Nowhere {
    fn send(&mut self, list: &[u8], _: &str, _: Duration) -> Delivery {
        Delivery::Sent { bytes: list.len() }
    }

    fn describe(&self) -> String {
        "nowhere".to_owned()
    }
}

/// An exporter whose lists go nowhere.
pub fn nowhere(encoding: Encoding) -> ZipkinExporter {
    ZipkinExporter::over(Nowhere).encoding(encoding)
}

fn pipeline(encoding: Encoding) -> (BatchReporter, Arc<RecordingTracer>) {
    let reporter = BatchReporter::new(nowhere(encoding));
    let tracer = RecordingTracer::builder("benches", reporter.clone()).build();
    (reporter, Arc::new(tracer))
}

fn zipkin(name: &str, encoding: Encoding) -> Contestant {
    let (reporter, tracer) = pipeline(encoding);
    let layer = ServerLayer::new(tracer).configure(|http| http.component("axum"));
    let run = requests(layer.layer(Bare), Case::NewRoot, Wire::B3);
    let sent = reporter.clone();
    Contestant::new(name, run)
        .settle(move || {
            let _ = reporter.flush(Duration::from_secs(10));
        })
        .exported(move || sent.counts().sent)
}

/// The whole way to Zipkin JSON.
pub fn json(_: Case) -> Option<Contestant> {
    Some(zipkin("Zipkin JSON", Encoding::Json))
}

/// The whole way to Zipkin proto3.
pub fn proto3(_: Case) -> Option<Contestant> {
    Some(zipkin("Zipkin proto3", Encoding::Protobuf))
}

/// Processor time of a span over all threads, over the bare service.
pub fn cpu_table(effort: Effort) {
    let bare = bare::contestant(Case::NewRoot);
    let mut contestants: Vec<_> = bare.into_iter().collect();
    contestants.extend(
        [json, proto3]
            .into_iter()
            .filter_map(|of| of(Case::NewRoot)),
    );
    let samples = harness::run(&mut contestants, Time::Process, effort);
    println!(
        "| processor time of a request with its span, all threads | µs | bar | spans exported |"
    );
    println!("|---|---|---|---|");
    let Some((bare, others)) = samples.split_first() else {
        return;
    };
    for own in others {
        let micros = own.over(bare) / 1000.0;
        let share = own.spans.unwrap_or_default() * 100.0;
        println!("| ours, {} | {micros:.2} | 0.6 | {share:.1} % |", own.name);
    }
}

/// Spans a second, with one producer and with two, each held back only when the queue is half full.
pub fn throughput_table(spans: u64) {
    println!("| sustained export to Zipkin JSON | spans/s | CPU µs per span | lost |");
    println!("|---|---|---|---|");
    for producers in [1, 2] {
        let (reporter, tracer) = pipeline(Encoding::Json);
        let (start, cpu) = (Instant::now(), Time::Process.now());
        std::thread::scope(|scope| {
            for _ in 0..producers {
                let (reporter, tracer) = (reporter.clone(), Arc::clone(&tracer));
                scope.spawn(move || produce(&reporter, tracer, spans / producers));
            }
        });
        let _ = reporter.flush(Duration::from_secs(30));
        let seconds = start.elapsed().as_secs_f64();
        let cpu = (Time::Process.now() - cpu) as f64 / spans as f64 / 1000.0;
        let counts = reporter.counts();
        println!(
            "| {producers} producer(s) | {:.2} M | {cpu:.2} | {} |",
            counts.sent as f64 / seconds / 1e6,
            counts.dropped(),
        );
    }
}

fn produce(reporter: &BatchReporter, tracer: Arc<RecordingTracer>, spans: u64) {
    let layer = ServerLayer::new(tracer).configure(|http| http.component("axum"));
    let mut run = requests(layer.layer(Bare), Case::NewRoot, Wire::B3);
    for _ in 0..spans / 256 {
        run(256);
        while reporter.counts().queued > 5_000 {
            std::thread::yield_now();
        }
    }
}
