//! `jaeger-debug-id`: a request that asks for a debug trace of its own.

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extracted, Inject, Sampling, SpanRef};

use super::propagator::{Propagator, Reading};

const NAME: &str = "jaeger-debug-id";
const MAX_BYTES: usize = 256;

/// `jaeger-debug-id: x` starts a debug root that is tagged with it. Read behind every other format,
/// because it counts only without a trace; never written.
#[derive(Clone, Debug, Default)]
pub struct JaegerDebugId {
    slot: usize,
}

impl JaegerDebugId {
    /// The format.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Propagator for JaegerDebugId {
    fn prepare(&mut self, names: &mut Names) {
        self.slot = names.add(NAME);
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        let Some(id) = found.first(self.slot) else {
            return Reading::Absent;
        };
        match std::str::from_utf8(id) {
            Ok(id) if (1..=MAX_BYTES).contains(&id.len()) => {
                Reading::Hit(Extracted::decision(Sampling::Debug).with_debug_id(id))
            }
            _ => Reading::Malformed,
        }
    }

    fn inject(&self, _: &SpanRef, _: &mut dyn Inject) {}

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove(NAME);
    }
}
