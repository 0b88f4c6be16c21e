use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracer_core::{Endpoint, Error, Kind, SpanStart, TracerExt};
use tracer_recording::samplers::Never;
use tracer_recording::stages::ErrorSummary;
use tracer_recording::{InMemoryReporter, ManualClock, RecordingTracer};

struct Rig {
    tracer: RecordingTracer,
    memory: InMemoryReporter,
    clock: ManualClock,
    told: Arc<Mutex<Vec<String>>>,
}

fn rig(set: impl FnOnce(ErrorSummary) -> ErrorSummary) -> Rig {
    let (memory, clock) = (InMemoryReporter::new(), ManualClock::default());
    let told = Arc::new(Mutex::new(vec![]));
    let there = Arc::clone(&told);
    let summary = ErrorSummary::new(memory.clone())
        .clock(clock.clone())
        .on_failure(move |hop| {
            let line = hop.to_string();
            let trace = hop.trace_id.to_string();
            there.lock().unwrap().push(line.replace(&trace, "T"));
        });
    let tracer = RecordingTracer::builder("orders", set(summary))
        .sampler(Never)
        .build();
    Rig {
        tracer,
        memory,
        clock,
        told,
    }
}

impl Rig {
    /// A request that fails because its call does.
    fn fail(&self, operation: &str) {
        let root = self.tracer.span("POST /orders").kind(Kind::Server).start();
        let call = root.start_child(SpanStart::new(operation.into()).kind(Kind::Client));
        call.set_remote(Endpoint {
            service: Some("inventory-db"),
            ..Endpoint::default()
        });
        call.set_error_as(Error::new("Elapsed", &"too late"));
        call.finish();
        root.set_error_as(Error::kind("503"));
        root.finish();
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut self.told.lock().unwrap())
    }
}

#[test]
fn the_deepest_failure_of_a_trace_is_named_once() {
    let rig = rig(ErrorSummary::all_traces);
    rig.fail("GET");
    assert_eq!(
        rig.told(),
        ["orders: CLIENT GET to inventory-db failed: Elapsed: too late (trace T)"]
    );
    assert!(rig.memory.take().is_empty(), "they are not sampled");
}

#[test]
fn the_same_hop_is_told_once_a_minute_with_a_count() {
    let rig = rig(ErrorSummary::all_traces);
    for _ in 0..60 {
        rig.fail("GET");
        rig.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(rig.told().len(), 1);
    rig.fail("GET");
    let told = rig.told();
    assert!(told[0].ends_with("(trace T, 59 more like it)"), "{told:?}");
    rig.fail("PUT");
    assert_eq!(rig.told().len(), 1, "another hop");
}

#[test]
fn different_hops_have_a_limit_too() {
    let rig = rig(|summary| summary.all_traces().most(3));
    for n in 0..100 {
        rig.fail(&format!("op {n}"));
    }
    assert_eq!(rig.told().len(), 3);
    rig.clock.advance(Duration::from_secs(60));
    rig.fail("op 99");
    assert_eq!(rig.told().len(), 1);
}

#[test]
fn unsampled_traces_are_seen_only_if_asked_for() {
    let rig = rig(|summary| summary);
    rig.fail("GET");
    assert!(rig.told().is_empty());
}

#[test]
fn a_callback_that_panics_does_not_reach_the_request() {
    let rig = rig(|summary| summary.all_traces().on_failure(|_| panic!("no")));
    rig.fail("GET");
}
