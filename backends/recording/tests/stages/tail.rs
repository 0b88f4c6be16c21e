use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracer_core::{
    Error, Kind, OpenSpan, Sampling, SpanContext, SpanId, TraceId, Tracer, TracerExt,
};
use tracer_recording::samplers::{Always, Never};
use tracer_recording::stages::Tail;
use tracer_recording::testing::SpanBuilder;
use tracer_recording::{
    FanOut, InMemoryReporter, ManualClock, RecordingTracer, Reporter, Sampler, SamplingQuestion,
};

use crate::names;

pub(crate) struct Rig {
    pub(crate) tracer: RecordingTracer,
    pub(crate) tail: Tail,
    pub(crate) memory: InMemoryReporter,
    pub(crate) clock: ManualClock,
}

pub(crate) fn rig(sampler: impl Sampler + 'static) -> Rig {
    let (memory, clock) = (InMemoryReporter::new(), ManualClock::default());
    let tail = Tail::new(memory.clone()).slower_than(Duration::from_secs(1));
    let tracer = RecordingTracer::builder("shop", tail.clone())
        .sampler(sampler)
        .clock(clock.clone())
        .build();
    Rig {
        tracer,
        tail,
        memory,
        clock,
    }
}

pub(crate) fn child(of: &OpenSpan, name: &str) -> OpenSpan {
    of.start_child(tracer_core::SpanStart::new(name.into()))
}

#[test]
fn a_trace_without_error_is_forgotten_when_its_local_root_ends() {
    let rig = rig(Never);
    let root = rig.tracer.span("request").start();
    child(&root, "load").finish();
    assert_eq!(rig.tail.counts().held_spans, 1);
    root.finish();
    assert!(rig.memory.take().is_empty());
    let counts = rig.tail.counts();
    assert_eq!((counts.held_spans, counts.forgotten_spans), (0, 2));
}

#[test]
fn a_trace_with_an_error_is_kept_whole_late_spans_included() {
    let rig = rig(Never);
    let root = rig.tracer.span("request").start();
    let late = child(&root, "late");
    child(&root, "before").finish();
    let failing = child(&root, "failing");
    failing.set_error(&"refused");
    failing.finish();
    child(&root, "after").finish();
    root.finish();
    late.finish();
    let spans = rig.memory.take();
    assert_eq!(
        names(&spans),
        ["before", "failing", "after", "request", "late"]
    );
    let root = &spans[3];
    assert!(spans.iter().all(|span| span.sampled));
    assert!(spans.iter().all(|span| {
        span.context.trace_id() == root.context.trace_id()
            && span.context.sampling() == Sampling::Drop
    }));
    assert_eq!(spans[0].parent_id(), Some(root.context.span_id()));
    let counts = rig.tail.counts();
    assert_eq!((counts.kept_traces, counts.kept_spans), (1, 5));
}

#[test]
fn a_slow_trace_is_kept() {
    let rig = rig(Never);
    for seconds in [0, 1] {
        let root = rig.tracer.span("request").start();
        child(&root, "load").finish();
        rig.clock.advance(Duration::from_secs(seconds));
        root.finish();
    }
    assert_eq!(names(&rig.memory.take()), ["load", "request"]);
}

#[test]
fn sampled_traces_pass_at_once() {
    let rig = rig(Always);
    let root = rig.tracer.span("request").start();
    child(&root, "load").finish();
    assert_eq!(names(&rig.memory.take()), ["load"]);
    root.finish();
    assert_eq!(names(&rig.memory.take()), ["request"]);
    assert_eq!(rig.tail.counts(), Default::default());
}

#[test]
fn recorded_here_is_not_sampled_elsewhere() {
    let rig = rig(Never);
    let call = rig.tracer.span("call").kind(Kind::Client).start();
    assert!(call.is_recording());
    assert_eq!(call.sampling(), Sampling::Drop);
    let mut headers = HashMap::<String, String>::new();
    rig.tracer.inject(&call, &mut headers);
    let below = rig.tracer.extract(&headers);
    assert_eq!(below.sampling(), Sampling::Drop);
    // And a caller's no is kept as one.
    let served = rig.tracer.span("serve").continues(&below).start();
    assert!(served.is_recording() && !served.sampling().is_sampled());
    served.set_error(&"refused");
    served.finish();
    assert_eq!(names(&rig.memory.take()), ["serve"]);
}

#[test]
fn without_a_stage_an_unsampled_span_is_not_recorded() {
    let tracer = RecordingTracer::builder("shop", InMemoryReporter::new())
        .sampler(Never)
        .build();
    assert!(!tracer.span("request").start().is_recording());
}

#[test]
fn a_fan_out_shows_unsampled_spans_only_to_members_that_want_them() {
    let (kept, plain) = (InMemoryReporter::new(), InMemoryReporter::new());
    let both = FanOut::new()
        .and(Tail::new(kept.clone()))
        .and(plain.clone());
    assert!(both.wants_unsampled());
    let tracer = RecordingTracer::builder("shop", both)
        .sampler(Never)
        .build();
    let span = tracer.span("request").start();
    span.set_error(&"refused");
    span.finish();
    assert_eq!((kept.take().len(), plain.take().len()), (1, 0));
}

/// A child whose root never ends here.
fn orphan(trace: u64, name: &str) -> SpanBuilder {
    let context = SpanContext::new(
        TraceId::from_halves(0, trace).unwrap(),
        SpanId::random(),
        Sampling::Drop,
    );
    SpanBuilder::new(name).context(context.with_parent(SpanId::new(7)))
}

fn report(to: &Tail, span: &SpanBuilder) {
    to.report(&span.view());
}

#[test]
fn the_oldest_trace_is_given_up_when_there_are_too_many() {
    let memory = InMemoryReporter::new();
    let tail = Tail::new(memory.clone()).most_traces(3);
    for trace in 1..=5 {
        report(&tail, &orphan(trace, "held"));
    }
    let counts = tail.counts();
    assert_eq!((counts.held_spans, counts.evicted_traces), (3, 2));
    for trace in [1, 5] {
        report(&tail, &orphan(trace, "failing").error("Oops", None));
    }
    assert_eq!(names(&memory.take()), ["failing", "held", "failing"]);
}

#[test]
fn spans_and_bytes_are_bounded_too() {
    let tail = Tail::new(InMemoryReporter::new()).most_spans(100);
    for n in 0..1000 {
        report(&tail, &orphan(1 + n % 30, "held"));
        assert!(tail.counts().held_spans <= 100);
    }
    let tail = Tail::new(InMemoryReporter::new()).most_bytes(10_000);
    let payload = "x".repeat(900);
    for n in 0..1000 {
        report(&tail, &orphan(1 + n % 30, "held").tag("payload", &*payload));
        assert!(tail.counts().held_spans <= 11);
    }
    let counts = tail.counts();
    assert_eq!(counts.held_spans + counts.evicted_spans, 1000);
}

#[test]
fn kept_traces_are_remembered_in_bounds() {
    let memory = InMemoryReporter::new();
    let tail = Tail::new(memory.clone()).most_traces(2);
    for trace in 1..=3 {
        report(&tail, &orphan(trace, "failing").error("Oops", None));
    }
    memory.take();
    for trace in 1..=3 {
        report(&tail, &orphan(trace, "late"));
    }
    assert_eq!(memory.take().len(), 2);
}

#[test]
fn threads_at_once_lose_nothing() {
    let memory = InMemoryReporter::new();
    let tail = Tail::new(memory.clone());
    let tracer = Arc::new(
        RecordingTracer::builder("shop", tail.clone())
            .sampler(Never)
            .build(),
    );
    let failed = Mutex::new(0);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (tracer, failed) = (&tracer, &failed);
            scope.spawn(move || {
                for n in 0..500 {
                    let root = tracer.span("request").start();
                    child(&root, "load").finish();
                    if (n + thread) % 5 == 0 {
                        let call = child(&root, "call");
                        call.set_error_as(Error::kind("Oops"));
                        call.finish();
                        *failed.lock().unwrap() += 1;
                    }
                    root.finish();
                }
            });
        }
    });
    let failed = *failed.lock().unwrap();
    assert_eq!(memory.take().len(), 3 * failed);
    let counts = tail.counts();
    assert_eq!((counts.held_spans, counts.evicted_spans), (0, 0));
    assert_eq!(counts.forgotten_spans as usize, 2 * (2000 - failed));
}

struct Half;

impl Sampler for Half {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        question.trace_id.low().is_multiple_of(2)
    }
}

#[test]
fn chosen_and_kept_traces_do_not_mix() {
    let rig = rig(Half);
    for _ in 0..100 {
        let root = rig.tracer.span("request").start();
        child(&root, "load").finish();
        root.finish();
    }
    let spans = rig.memory.take();
    assert!(
        spans
            .iter()
            .all(|span| span.context.sampling() == Sampling::Record)
    );
    let forgotten = rig.tail.counts().forgotten_spans as usize;
    assert_eq!(spans.len() + forgotten, 200);
}
