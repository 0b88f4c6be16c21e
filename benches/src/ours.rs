//! Ours: the tower layer and the full tracer, through the batch reporter and an exporter that
//! throws everything away.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tower::Layer;
use tracer_core::{NoopTracer, Tracer};
use tracer_recording::{
    BatchReporter, Delivery, Exporter, FinishedSpan, RecordingTracer, Sampler, SamplingQuestion,
};
use tracer_tower::ServerLayer;

use crate::bare::Bare;
use crate::case::{Case, Wire};
use crate::drive::requests;
use crate::harness::Contestant;

/// Ours, called with B3.
pub fn b3(case: Case) -> Option<Contestant> {
    Some(through("ours", case, Wire::B3))
}

/// Ours, called with W3C.
pub fn w3c(case: Case) -> Option<Contestant> {
    matches!(case, Case::SampledParent | Case::UnsampledParent)
        .then(|| through("ours, W3C headers", case, Wire::W3c))
}

/// The layer with the tracer that does nothing.
pub fn noop(case: Case) -> Option<Contestant> {
    (case == Case::Off).then(|| {
        let run = requests(layer(Arc::new(NoopTracer)).layer(Bare), case, Wire::B3);
        Contestant::new("ours, `NoopTracer`", run)
    })
}

fn through(name: &str, case: Case, wire: Wire) -> Contestant {
    let (layer, contestant) = layered(name, case);
    contestant(Box::new(requests(layer.layer(Bare), case, wire)))
}

/// What a loop of requests becomes.
pub type Finish = Box<dyn FnOnce(Box<dyn FnMut(u32)>) -> Contestant>;

/// The layer, and what makes a contestant of a loop with it.
pub fn layered(name: &str, case: Case) -> (ServerLayer, Finish) {
    let (tracer, finish) = recorded(name, case);
    (layer(tracer), finish)
}

/// The tracer for a layer of any kind, and what makes a contestant of a loop with it.
pub fn recorded(name: &str, case: Case) -> (Arc<dyn Tracer>, Finish) {
    let null = Null::default();
    let exported = Arc::clone(&null.exported);
    let reporter = BatchReporter::new(null);
    let tracer = RecordingTracer::builder("benches", reporter.clone())
        .sampler(Fixed(case != Case::Off))
        .build();
    let name = name.to_owned();
    let finish: Finish = Box::new(move |run| {
        Contestant::new(name, run)
            .settle(move || flush(&reporter))
            .exported(move || exported.load(Ordering::Relaxed))
    });
    (Arc::new(tracer), finish)
}

fn flush(reporter: &BatchReporter) {
    // What was lost is missing in what was exported, and said there.
    let _ = reporter.flush(Duration::from_secs(10));
}

/// Throws everything away.
#[derive(Debug, Default)]
pub struct Null {
    open: u64,
    exported: Arc<AtomicU64>,
}

impl Exporter for Null {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        black_box(span);
        self.open += 1;
        0
    }

    fn remove_last(&mut self) {
        self.open -= 1;
    }

    fn send(&mut self, _: Duration) -> Delivery {
        self.exported.fetch_add(self.open, Ordering::Relaxed);
        Delivery::Sent { bytes: 0 }
    }

    fn clear(&mut self) {
        self.open = 0;
    }

    fn describe(&self) -> String {
        "nowhere".to_owned()
    }
}

/// The layer round what axum serves.
pub fn layer(tracer: Arc<dyn Tracer>) -> ServerLayer {
    ServerLayer::new(tracer).configure(|http| http.component("axum"))
}

struct Fixed(bool);

impl Sampler for Fixed {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        self.0
    }
}
