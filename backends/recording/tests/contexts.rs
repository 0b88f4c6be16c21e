//! Children of contexts that somebody kept: no recorder stands behind them.

use tracer_core::{
    Extracted, Kind, OpenSpan, Parent, Sampling, SpanContext, SpanId, SpanStart, TraceId, Tracer,
    TracerExt,
};
use tracer_recording::samplers::IgnoringCaller;
use tracer_recording::{InMemoryReporter, RecordingTracer, Sampler, SamplingQuestion};

struct Never;

impl Sampler for Never {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        false
    }
}

fn kept(sampling: Sampling) -> SpanContext {
    let (trace, span) = (TraceId::new(7).unwrap(), SpanId::new(8).unwrap());
    SpanContext::new(trace, span, sampling)
}

fn tracer() -> (RecordingTracer, InMemoryReporter) {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone()).sampler(Never);
    (tracer.build(), spans)
}

#[test]
fn a_sampled_context_has_recorded_children() {
    for sampling in [Sampling::Record, Sampling::Debug] {
        let (tracer, spans) = tracer();
        tracer
            .span("later")
            .child_of(kept(sampling))
            .start()
            .finish();
        let spans = spans.take();
        assert_eq!(spans.len(), 1, "{sampling:?}");
        assert_eq!(spans[0].context.trace_id().low(), 7);
        assert_eq!(spans[0].parent_id(), SpanId::new(8));
        assert_eq!(spans[0].context.sampling(), sampling);
        assert!(!spans[0].remote_parent);
    }
}

#[test]
fn what_a_span_left_behind_has_recorded_children() {
    let (tracer, spans) = tracer();
    let vip = tracer.span("request").tag("sampling.priority", 1).start();
    let context = vip.to_context().unwrap();
    vip.finish();
    tracer.span("late").child_of(&context).start().finish();
    let spans = spans.take();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[1].parent_id(), Some(spans[0].context.span_id()));
}

#[test]
fn a_dropped_one_has_none_and_shares_itself_unless_a_call_goes_out() {
    let (tracer, spans) = tracer();
    let context = kept(Sampling::Drop);
    let local = tracer.span("work").child_of(&context).start();
    assert_eq!(local.span_id(), Some(context.span_id()));
    let call = tracer.span("GET").kind(Kind::Client).child_of(&context);
    let call = call.start();
    assert_ne!(call.span_id(), Some(context.span_id()));
    assert_eq!(call.context().unwrap().parent_id(), Some(context.span_id()));
    assert_eq!(
        (local.sampling(), call.sampling()),
        (Sampling::Drop, Sampling::Drop)
    );
    drop((local, call));
    assert!(spans.take().is_empty());
}

#[test]
fn a_deferred_one_is_the_samplers_and_the_applications_word_beats_all() {
    let (tracer, spans) = tracer();
    let deferred = tracer.span("x").child_of(kept(Sampling::Defer)).start();
    assert_eq!(deferred.sampling(), Sampling::Drop);
    for (decided, priority, recorded) in [
        (Sampling::Drop, 1, true),
        (Sampling::Record, 0, false),
        (Sampling::Drop, 0, false),
    ] {
        let span = tracer.span("x").child_of(kept(decided));
        let span = span.tag("sampling.priority", priority).start();
        assert_eq!(span.is_recording(), recorded, "{decided:?} {priority}");
        assert_eq!(
            span.sampling().is_sampled(),
            recorded,
            "{decided:?} {priority}"
        );
        drop(span);
        assert_eq!(spans.take().len(), usize::from(recorded));
    }
}

#[test]
fn a_disabled_tracer_records_nothing_below_them() {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone()).disabled(true);
    let tracer: &dyn Tracer = &tracer.build();
    let span = tracer.span("x").child_of(kept(Sampling::Record)).start();
    assert!(!span.is_recording());
    drop(span);
    assert!(spans.take().is_empty());
}

#[test]
fn a_sampler_that_overrules_callers_is_not_asked_again_inside_a_trace() {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone())
        .sampler(IgnoringCaller(Never))
        .build();
    let child = tracer.span("child").child_of(kept(Sampling::Record));
    child.start().finish();
    let later = tracer.span("later").follows_from(kept(Sampling::Record));
    later.start().finish();
    assert_eq!(spans.take().len(), 2);
}

#[test]
fn an_unsampled_child_of_a_recorded_span_is_that_span_to_what_is_below() {
    let (tracer, spans) = tracer();
    let request = tracer.span("request").tag("sampling.priority", 1).start();
    let child = |name, of: &OpenSpan, priority| {
        let builder = tracer.span(name).child_of(of);
        builder.tag("sampling.priority", priority).start()
    };
    let boring = child("boring", &request, 0);
    assert!(!boring.is_recording());
    assert_eq!(boring.span_id(), request.span_id());
    child("query", &boring, 1).finish();
    let call = tracer
        .span("call")
        .child_of(&boring)
        .kind(Kind::Client)
        .start();
    assert_ne!(call.span_id(), request.span_id());
    drop((call, boring));
    request.finish();
    let spans = spans.take();
    assert_eq!(spans.len(), 2);
    assert_eq!(spans[0].parent_id(), Some(spans[1].context.span_id()));
}

#[test]
fn a_disabled_tracer_records_nothing_below_what_another_one_records() {
    let (tracer, spans) = tracer();
    let disabled = RecordingTracer::builder("library", InMemoryReporter::new()).disabled(true);
    let disabled = disabled.build();
    let request = tracer.span("request").tag("sampling.priority", 1).start();
    let load = disabled.span("load").child_of(&request).start();
    assert!(!load.is_recording());
    tracer.span("query").child_of(&load).start().finish();
    drop(load);
    request.finish();
    let spans = spans.take();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["query", "request"]);
    assert_eq!(spans[0].parent_id(), Some(spans[1].context.span_id()));
}

/// What the caller sent, handed on by a request that is not traced ("propagate only").
fn callers() -> [Extracted; 6] {
    let context = |sampling| Extracted::context(kept(sampling), true);
    [
        context(Sampling::Record),
        context(Sampling::Debug),
        context(Sampling::Drop),
        context(Sampling::Defer),
        Extracted::decision(Sampling::Drop),
        Extracted::absent(),
    ]
}

#[test]
fn what_follows_from_a_request_that_is_only_handed_on_is_not_recorded_either() {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone()).build();
    for caller in callers() {
        let request = OpenSpan::pass_through(&caller);
        for priority in [None, Some(1)] {
            let later = tracer.span("later").follows_from(&request);
            let later = match priority {
                Some(priority) => later.tag("sampling.priority", priority).start(),
                None => later.start(),
            };
            let who = |span: &OpenSpan| (span.trace_id(), span.span_id(), span.sampling());
            assert_eq!(who(&later), who(&request), "{caller:?}");
            assert!(!later.is_recording() && later.is_pass(), "{caller:?}");
        }
        // The context alone, as a job in a queue has it.
        if let Some(context) = request.to_context() {
            tracer.span("job").follows_from(&context).start().finish();
            let received = Extracted::context(context.clone(), true);
            tracer.span("job").continues(&received).start().finish();
            let parents = [Parent::Follows(&context), Parent::ChildOf(&context)];
            for parent in parents {
                let mut start = SpanStart::new("by hand".into());
                start.parent = parent;
                tracer.start_span(start).finish();
            }
        }
    }
    assert!(spans.take().is_empty());
}

#[test]
fn a_parent_of_ones_own_counts_though_the_span_follows_from_what_is_only_handed_on() {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone()).build();
    let job = tracer.span("job").start();
    for caller in callers() {
        let request = OpenSpan::pass_through(&caller);
        let step = tracer.span("step").follows_from(&request).child_of(&job);
        step.start().finish();
        let step = spans.take().pop().expect("a step is recorded");
        assert_eq!(step.parent_id(), job.span_id());
        let references = step.references.iter();
        let named: Vec<_> = references.map(|(_, context)| context.span_id()).collect();
        let request = Vec::from_iter(request.span_id());
        assert_eq!(named, request);
    }
}
