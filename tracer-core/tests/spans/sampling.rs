//! Who decides, and what an unsampled span still carries.

use tracer_core::testing::MockTracer;
use tracer_core::{
    Extracted, Kind, OpenSpan, Parent, Sampling, SpanContext, SpanId, SpanRef, SpanStart, TraceId,
    Tracer, TracerExt,
};

use Sampling::{Debug, Defer, Drop, Record};

fn context(sampling: Sampling) -> SpanContext {
    SpanContext::new(TraceId::random(true), SpanId::random(), sampling)
}

fn serve(
    tracer: &MockTracer,
    caller: &Extracted,
    opinion: Option<Sampling>,
    priority: Option<Sampling>,
) -> OpenSpan {
    let start = SpanStart::new("serve".into()).kind(Kind::Server);
    let mut start = start.parent(Parent::Remote(caller)).opinion(opinion);
    start.priority = priority;
    tracer.start_span(start)
}

#[test]
fn the_application_beats_the_caller_beats_the_layer_beats_the_tracer() {
    for (setting, caller, opinion, priority, expected) in [
        (Record, Defer, None, None, Record),
        (Drop, Defer, None, None, Drop),
        (Defer, Defer, None, None, Defer),
        (Drop, Defer, Some(Record), None, Record),
        (Record, Defer, Some(Drop), None, Drop),
        (Record, Defer, Some(Defer), None, Record),
        (Record, Drop, Some(Record), None, Drop),
        (Drop, Record, Some(Drop), None, Record),
        (Drop, Debug, Some(Drop), None, Debug),
        (Drop, Drop, Some(Drop), Some(Record), Record),
        (Record, Debug, None, Some(Drop), Drop),
    ] {
        let tracer = MockTracer::new().sampling(setting);
        let caller_context = context(caller);
        let with_ids = Extracted::context(caller_context.clone(), true);
        let alone = Extracted::decision(caller);
        for (extracted, ids) in [(with_ids, true), (alone, false)] {
            let span = serve(&tracer, &extracted, opinion, priority);
            let case = (setting, caller, opinion, priority, ids);
            assert_eq!(span.sampling(), expected, "{case:?}");
            assert_eq!(span.is_recording(), expected.is_sampled(), "{case:?}");
            let own = span.context().unwrap();
            assert_eq!(own.trace_id() == caller_context.trace_id(), ids, "{case:?}");
            let parent = ids.then(|| caller_context.span_id());
            assert_eq!(own.parent_id(), parent, "{case:?}");
        }
    }
}

#[test]
fn an_unsampled_child_shares_the_context_and_outgoing_calls_have_an_id_of_their_own() {
    for sampling in [Drop, Defer] {
        let tracer = MockTracer::new().sampling(sampling);
        let root = tracer.span("root").kind(Kind::Server).start();
        let scope = root.enter();
        for kind in [Kind::Local, Kind::Server, Kind::Consumer] {
            let child = tracer.span("child").kind(kind).start();
            assert_eq!(child.span_id(), root.span_id());
        }
        for kind in [Kind::Client, Kind::Producer] {
            let call = tracer.span("call").kind(kind).start();
            let call = call.context().unwrap();
            assert_ne!(Some(call.span_id()), root.span_id());
            assert_eq!(call.parent_id(), root.span_id());
            assert_eq!(Some(call.trace_id()), root.trace_id());
            assert_eq!(call.sampling(), sampling);
        }
        drop(scope);
        assert!(!root.is_recording());
        drop(root);
        assert!(tracer.finished().is_empty());
    }
}

#[test]
fn a_caller_that_is_only_passed_on_keeps_its_ids() {
    let tracer = MockTracer::new();
    let caller = context(Record);
    let passed = OpenSpan::pass_through(&Extracted::context(caller.clone(), true));
    let _guard = passed.enter();
    for kind in [Kind::Local, Kind::Client] {
        let below = tracer.span("below").kind(kind).start();
        assert!(!below.is_recording());
        assert_eq!(below.span_id(), Some(caller.span_id()));
    }
    // It sent nothing: nothing is made below either.
    let nothing = OpenSpan::pass_through(&Extracted::absent());
    let below = tracer.span("below").child_of(&nothing).start();
    assert_eq!(below.context(), None);
}

#[test]
fn priority_is_the_decision_of_what_a_bare_context_starts() {
    for kind in [Kind::Local, Kind::Client] {
        let mut start = SpanStart::new("x".into()).kind(kind);
        start.priority = Some(Drop);
        let sampled = SpanRef::from_context(context(Record));
        assert_eq!(sampled.start_child(start).sampling(), Drop);
        let passed = OpenSpan::pass_through(&Extracted::context(context(Record), true));
        assert_eq!(passed.start_child(start).sampling(), Record);
    }
}

#[test]
fn a_bare_decision_starts_a_trace_under_it() {
    let tracer = MockTracer::new();
    let extracted = Extracted::decision(Drop);
    let root = tracer.span("root").continues(&extracted).start();
    assert_eq!((root.sampling(), root.is_recording()), (Drop, false));
    assert!(root.trace_id().is_some());
}

#[test]
fn a_span_that_is_dropped_midway_is_not_kept_and_starts_no_kept_children() {
    let tracer = MockTracer::new();
    let span = tracer.span("health").start();
    tracer.span("before").child_of(&span).start().finish();
    span.set_tag("sampling.priority", 0);
    assert!(!tracer.span("after").child_of(&span).start().is_recording());
    span.finish();
    assert_eq!(tracer.tree(), "before\n");
}

#[test]
fn priority_wakes_a_span_below_an_unsampled_one() {
    let tracer = MockTracer::new();
    let unsampled = SpanRef::from_context(context(Drop));
    let span = tracer.span("vip").child_of(&unsampled);
    let span = span.tag("sampling.priority", 1).start();
    assert!(span.is_recording());
    assert_eq!(span.trace_id(), unsampled.trace_id());
}
