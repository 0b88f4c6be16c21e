//! The memory of a batch reporter whose collector hangs. One test: the counter is the process's.

use std::alloc::System;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use tracer_core::{Kind, TracerExt};
use tracer_recording::{
    BatchBuilder, BatchReporter, Delivery, Exporter, FinishedSpan, RecordingTracer,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const KIB: usize = 1024;

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// Hangs until it is let go.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

impl Exporter for Gate {
    fn add(&mut self, _: &FinishedSpan<'_>) -> usize {
        1
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        let open = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(open, |open| !*open).unwrap());
        Delivery::Sent { bytes: 1 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        String::new()
    }
}

/// Fills the queue, then reports many more; returns how many are queued.
fn stalled(set: impl FnOnce(BatchBuilder) -> BatchBuilder, bound: usize, payload: &str) -> u64 {
    let before = live();
    let gate = Gate::default();
    let reporter = set(BatchReporter::builder(gate.clone())).build();
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    let request = || {
        let span = tracer.span("GET").kind(Kind::Server).start();
        span.set_tag("payload", payload);
        span.finish();
    };
    while reporter.counts().dropped_queue_full < 2_000 {
        request();
    }
    let full = live();
    let queued = reporter.counts().queued;
    (0..50_000).for_each(|_| request());
    assert_eq!(reporter.counts().queued, queued);
    let grown = live().saturating_sub(full);
    assert!(
        grown < 8 * KIB,
        "{grown} bytes more after 50,000 spans more"
    );
    let all = full.saturating_sub(before);
    assert!(all < bound, "{all} bytes, more than {bound}");

    gate.open();
    reporter.flush(Duration::from_secs(60)).unwrap();
    let counts = reporter.counts();
    assert_eq!(counts.accepted, counts.sent + counts.dropped());
    let left = live().saturating_sub(before);
    assert!(
        left < 1500 * KIB,
        "{left} bytes stay after the queue is empty"
    );
    queued
}

#[test]
fn memory_is_flat_at_the_bound_of_the_queue_and_freed_after() {
    let by_count = stalled(|set| set, 6 * KIB * KIB, "x");
    assert_eq!(by_count, 10_000);
    let payload = "x".repeat(4000);
    let by_bytes = stalled(|set| set, 11 * KIB * KIB, &payload);
    assert!((2_150..2_600).contains(&by_bytes), "{by_bytes}");
}
