//! Ids are read and written without allocating. Alone in its process: it counts allocations.

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_core::{
    Inject, Kind, Parent, Sampling, SpanContext, SpanId, SpanRef, SpanStart, TraceId, Tracer,
};
use tracer_recording::{NullReporter, Propagation, RecordingTracer};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Counts what is written and keeps none of it.
#[derive(Default)]
struct Sink {
    set: usize,
}

impl Inject for Sink {
    fn set(&mut self, _: &str, _: &str) {
        self.set += 1;
    }
    fn remove(&mut self, _: &str) {}
    fn remove_prefix(&mut self, _: &str) {}
}

fn allocations<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let region = Region::new(ALLOCATOR);
    let result = work();
    let change = region.change();
    (result, change.allocations + change.reallocations)
}

#[test]
fn ids_cost_no_allocation_in_either_direction() {
    let all = Propagation::from_names("tracecontext,b3,b3multi,jaeger").unwrap();
    let ids = (
        "463ac35c9f6413ad48485a3953bb6124",
        "a2fb4a1d1a96d312",
        "0020000000000001",
    );
    let (trace, span, parent) = ids;
    let single = format!("{trace}-{span}-0-{parent}");
    let traceparent = format!("00-{trace}-{span}-00");
    let jaeger = format!("{trace}%3A{span}%3A{parent}%3A0");
    let cases = [
        vec![("b3", &*single)],
        vec![("b3", &*single), ("traceparent", &*traceparent)],
        vec![
            ("x-b3-traceid", trace),
            ("x-b3-spanid", span),
            ("x-b3-parentspanid", parent),
            ("x-b3-sampled", "0"),
        ],
        vec![
            ("X-B3-TraceId", trace),
            ("X-B3-SpanId", span),
            ("X-B3-Sampled", "0"),
        ],
        vec![("traceparent", &*traceparent)],
        vec![("uber-trace-id", &*jaeger)],
        vec![("b3", "broken"), ("traceparent", "broken")],
        vec![("b3", "d")],
        vec![("accept", "text/html")],
    ];
    for headers in cases {
        let (_, count) = allocations(|| all.extract(&headers));
        assert_eq!(count, 0, "{headers:?}");
    }

    let context = |sampling| {
        let trace = TraceId::parse(trace.as_bytes()).unwrap();
        let span = SpanId::parse(span.as_bytes()).unwrap();
        let parent = SpanId::parse(parent.as_bytes());
        SpanRef::from_context(SpanContext::new(trace, span, sampling).with_parent(parent))
    };
    for sampling in [Sampling::Drop, Sampling::Record, Sampling::Debug] {
        let span = context(sampling);
        let mut sink = Sink::default();
        let ((), count) = allocations(|| all.inject(&span, &mut sink));
        assert_eq!(count, 0, "{sampling:?}");
        let ((), count) = allocations(|| all.inject_message(&span, &mut sink));
        assert_eq!(count, 0, "{sampling:?}");
        assert!(sink.set >= 12);
    }
    an_unsampled_request_and_its_call_cost_none(&[
        vec![("b3", &*single)],
        vec![("traceparent", &*traceparent)],
        vec![("uber-trace-id", &*jaeger)],
        vec![("b3", "0")],
    ]);
}

fn an_unsampled_request_and_its_call_cost_none(requests: &[Vec<(&str, &str)>]) {
    let tracer = RecordingTracer::builder("shop", NullReporter).build();
    let serve = |headers: &Vec<(&str, &str)>, sink: &mut Sink| {
        let extracted = tracer.extract(headers);
        let served = tracer.start_span(
            SpanStart::new("GET".into())
                .kind(Kind::Server)
                .parent(Parent::Remote(&extracted)),
        );
        let call = tracer.start_span(
            SpanStart::new("GET".into())
                .kind(Kind::Client)
                .parent(Parent::Local(&served)),
        );
        tracer.inject(&call, sink);
    };
    for headers in requests {
        let mut sink = Sink::default();
        // The first ids of a thread seed its generator.
        serve(headers, &mut sink);
        let ((), count) = allocations(|| serve(headers, &mut sink));
        assert_eq!(count, 0, "{headers:?}");
        assert!(sink.set >= 8, "{headers:?}");
    }
}
