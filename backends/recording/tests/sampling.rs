//! Samplers behind a tracer: who is asked, and what travels on.

use tracer_core::{Extracted, Kind, Sampling, SpanContext, SpanId, TraceId, TracerExt};
use tracer_recording::samplers::{Always, IgnoringCaller, Never, Ratio, Rule, Rules, Updatable};
use tracer_recording::{InMemoryReporter, RecordingTracer, Sampler, SamplingQuestion};

use Sampling::{Debug, Defer, Drop, Record};

fn caller(sampling: Sampling) -> Extracted {
    let context = SpanContext::new(TraceId::random(true), SpanId::random(), sampling);
    Extracted::context(context, true)
}

fn tracer(sampler: impl Sampler + 'static) -> (RecordingTracer, InMemoryReporter) {
    let memory = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", memory.clone());
    (tracer.sampler(sampler).build(), memory)
}

fn answers(sampler: impl Sampler + 'static) -> [Sampling; 4] {
    let (tracer, memory) = tracer(sampler);
    [Defer, Drop, Record, Debug].map(|said| {
        let span = tracer.span("GET").kind(Kind::Server);
        let span = span.continues(&caller(said)).start();
        let sampling = span.sampling();
        span.finish();
        assert_eq!(memory.take().len(), usize::from(sampling.is_sampled()));
        sampling
    })
}

#[test]
fn a_caller_that_decided_is_obeyed() {
    assert_eq!(answers(Always), [Record, Drop, Record, Debug]);
    assert_eq!(answers(Never), [Drop, Drop, Record, Debug]);
}

#[test]
fn unless_the_sampler_ignores_callers_all_but_debug() {
    assert_eq!(
        answers(IgnoringCaller(Always)),
        [Record, Record, Record, Debug]
    );
    assert_eq!(answers(IgnoringCaller(Never)), [Drop, Drop, Drop, Debug]);
    let updatable = Updatable::new(Always);
    updatable.replace(IgnoringCaller(Never));
    assert_eq!(answers(updatable), [Drop, Drop, Drop, Debug]);
}

#[test]
fn the_application_records_a_debug_trace_as_one_and_can_drop_it() {
    let (tracer, _) = tracer(Never);
    let caller = caller(Debug);
    let serve = || {
        let span = tracer.span("GET").kind(Kind::Server);
        span.continues(&caller)
    };
    for (priority, sampling) in [(1, Debug), (0, Drop)] {
        let told = serve().tag("sampling.priority", priority).start();
        let later = serve().start();
        later.set_tag("sampling.priority", priority);
        let parent = serve().start();
        let child = tracer.span("below").child_of(&parent);
        let child = child.tag("sampling.priority", priority).start();
        let task = tracer.span("task").child_of(parent.to_context().unwrap());
        let task = task.tag("sampling.priority", priority).start();
        for span in [told, later, child, task] {
            assert_eq!(span.sampling(), sampling, "{priority}");
        }
    }
}

#[test]
fn children_keep_the_answer_of_their_root() {
    let (tracer, memory) = tracer(Rules::new(Never).rule(Rule::new().name("GET*"), Always));
    for (name, spans) in [("GET /a", 2), ("POST /a", 0)] {
        let root = tracer.span(name).start();
        tracer.span("GET below").child_of(&root).start().finish();
        root.finish();
        assert_eq!(memory.take().len(), spans, "{name}");
    }
}

#[test]
fn two_services_with_one_ratio_choose_the_same_traces() {
    let half = || IgnoringCaller(Ratio::new(0.5).unwrap());
    let (one, _) = tracer(half());
    let (other, _) = tracer(half());
    for _ in 0..200 {
        let extracted = caller(Defer);
        let chosen = |tracer: &RecordingTracer| {
            let span = tracer.span("GET").kind(Kind::Server);
            span.continues(&extracted).start().sampling()
        };
        assert_eq!(chosen(&one), chosen(&other));
    }
}

#[test]
fn one_that_panics_records_nothing_and_breaks_nothing() {
    struct Broken;
    impl Sampler for Broken {
        fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
            panic!("a sampler")
        }
    }
    assert_eq!(answers(Broken), [Drop, Drop, Record, Debug]);
}
