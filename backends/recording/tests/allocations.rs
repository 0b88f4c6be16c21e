//! What allocates nothing in steady state. One test: the counter is the process's.

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_core::{Kind, Name, TraceId, TracerExt};
use tracer_recording::samplers::{
    Always, GuaranteedThroughput, IgnoringCaller, Never, PerOperation, RateLimited, Ratio, Rule,
    Rules, Updatable,
};
use tracer_recording::{
    BatchReporter, Delivery, Exporter, FinishedSpan, NullReporter, RecordingTracer, Sampler,
    SamplingQuestion,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The fewest of three rounds: the test's harness may allocate meanwhile, on its own thread.
fn allocations(mut work: impl FnMut()) -> usize {
    // Once before: pools, thread-locals and tables fill.
    work();
    let mut round = || {
        let region = Region::new(ALLOCATOR);
        (0..100).for_each(|_| work());
        region.change().allocations
    };
    round().min(round()).min(round())
}

struct Forgetful;

impl Exporter for Forgetful {
    fn add(&mut self, _: &FinishedSpan<'_>) -> usize {
        0
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        Delivery::Sent { bytes: 0 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        String::new()
    }
}

fn samplers() -> Vec<(&'static str, Box<dyn Sampler>)> {
    let none = Ratio::new(0.0).unwrap();
    let limited = || RateLimited::per_second(0.0).unwrap();
    let rules = Rules::new(limited())
        .rule(Rule::new().kind(Kind::Client), Always)
        .rule(Rule::new().method("GET").route("/health*"), Never);
    vec![
        ("Never", Box::new(Never)),
        ("Ratio", Box::new(none)),
        ("RateLimited", Box::new(limited())),
        ("Rules", Box::new(rules)),
        (
            "Guaranteed",
            Box::new(GuaranteedThroughput::new(none, 0.0).unwrap()),
        ),
        (
            "PerOperation",
            Box::new(PerOperation::new(none, 0.0).unwrap()),
        ),
        ("Updatable", Box::new(Updatable::new(IgnoringCaller(none)))),
    ]
}

#[test]
fn the_request_thread_allocates_nothing() {
    let route = Name::Route {
        method: "GET",
        route: "/users/{id}",
    };
    for (name, sampler) in samplers() {
        let asked = allocations(|| {
            let question = SamplingQuestion::new(TraceId::random(true), route, Kind::Server);
            assert!(!sampler.sample(&question));
        });
        assert_eq!(asked, 0, "{name} is asked");
        let tracer = RecordingTracer::builder("shop", NullReporter)
            .sampler(sampler)
            .build();
        let spans = allocations(|| {
            let span = tracer.span("GET").kind(Kind::Server).start();
            span.set_tag("http.path", "/users/1");
            tracer.span("load").child_of(&span).start().finish();
            span.finish();
        });
        assert_eq!(spans, 0, "unsampled spans under {name}");
    }

    // The reporter's thread sleeps meanwhile.
    let reporter = BatchReporter::builder(Forgetful)
        .interval(Duration::from_secs(3600))
        .build();
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    let request = || {
        let span = tracer.span("GET").kind(Kind::Server).start();
        span.set_tag("http.path", "/users/1");
        span.finish();
    };
    for _ in 0..2 {
        (0..400).for_each(|_| request());
        reporter.flush(Duration::from_secs(30)).unwrap();
    }
    assert_eq!(
        allocations(request),
        0,
        "sampled spans under a batch reporter"
    );
    assert_eq!(reporter.counts().accepted, 1101);
}
