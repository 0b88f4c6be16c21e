//! Ours: the tower layer and the full tracer, through the batch reporter and an exporter that
//! throws everything away.

use std::sync::Arc;

use tower::Layer;
use tracer_core::{NoopTracer, Tracer};
use tracer_recording::{NullReporter, RecordingTracer, Sampler, SamplingQuestion};
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
    let tracer = RecordingTracer::builder("benches", NullReporter)
        .sampler(Fixed(case != Case::Off))
        .build();
    let run = requests(layer(Arc::new(tracer)).layer(Bare), case, wire);
    Contestant::new(name, run)
}

fn layer(tracer: Arc<dyn Tracer>) -> ServerLayer {
    ServerLayer::new(tracer).component("axum")
}

struct Fixed(bool);

impl Sampler for Fixed {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        self.0
    }
}
