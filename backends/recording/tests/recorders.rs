//! Recorders are used again: by the tracer that they belong to, and as if they were new.

use tracer_core::{Sampling, SpanContext, SpanId, TracerExt};
use tracer_recording::{InMemoryReporter, RecordingTracer};

#[test]
fn tracers_that_take_turns_on_a_thread_keep_their_own_recorders() {
    let spans = InMemoryReporter::new();
    let tracers: Vec<_> = (0..12)
        .map(|at| RecordingTracer::builder(format!("service-{at}"), spans.clone()).build())
        .collect();
    for round in 0..3 {
        for (at, tracer) in tracers.iter().enumerate() {
            let other = &tracers[(at + round) % tracers.len()];
            let outer = tracer.span("outer").root().start();
            let inner = other.span("inner").root().start();
            outer.finish();
            inner.finish();
            let services: Vec<_> = spans
                .take()
                .iter()
                .map(|s| s.service().to_owned())
                .collect();
            let others = (at + round) % tracers.len();
            assert_eq!(
                services,
                [format!("service-{at}"), format!("service-{others}")]
            );
        }
    }
}

#[test]
fn a_child_in_a_used_recorder_has_the_context_of_a_new_one() {
    let spans = InMemoryReporter::new();
    let tracer = RecordingTracer::builder("shop", spans.clone()).build();
    let root = tracer.span("root").root().start();
    let rich = root.with_baggage("user", "7").unwrap();
    let parents = [&*root, &rich, &rich, &*root];
    for parent in parents {
        for decision in [Sampling::Debug, Sampling::Record] {
            let mut start = tracer_core::SpanStart::new("child".into());
            start.priority = Some(decision);
            let child = parent.start_child(start);
            let context = child.context().unwrap();
            let id = child.span_id().unwrap();
            let of = parent.to_context().unwrap();
            assert_eq!(*context, of.child(id).with_sampling(decision));
            assert_eq!(child.baggage("user"), parent.baggage("user"));
        }
    }
    assert_eq!(spans.take().len(), 2 * parents.len());
}

#[test]
fn a_context_becomes_a_child_in_place_as_a_new_one_would_be() {
    let ids = |at| {
        (
            tracer_core::TraceId::new(at).unwrap(),
            SpanId::new(3).unwrap(),
        )
    };
    let tracer = RecordingTracer::builder("shop", InMemoryReporter::new()).build();
    let none = tracer.span("a").root().start();
    let some = none.with_baggage("user", "7").unwrap();
    for random in [false, true] {
        for before in [None, some.extra()] {
            for extra in [None, some.extra()] {
                let (trace, span) = ids(9);
                let parent = SpanContext::new(trace, span, Sampling::Defer).with_random(random);
                let expected = parent.child_with(SpanId::random(), Sampling::Debug, extra.cloned());
                let mut context = SpanContext::new(ids(1).0, span, Sampling::Drop)
                    .with_random(true)
                    .with_extra(before.cloned());
                let id = expected.span_id();
                context.become_child(&parent, id, Sampling::Debug, extra);
                assert_eq!(context, expected);
            }
        }
    }
}
