//! What a new span continues, and what else it refers to.

use std::sync::Arc;

use tracer_core::testing::{MockSpan, MockTracer};
use tracer_core::{
    Extra, Extracted, OpenSpan, Parent, Reference, ReferenceKind, Sampling, SpanContext, SpanId,
    SpanRef, SpanStart, TraceId, Tracer, TracerExt,
};

use crate::support::{assert_nothing_current, named};

fn remote(sampling: Sampling) -> SpanContext {
    SpanContext::new(TraceId::random(true), SpanId::random(), sampling)
}

fn kept(tracer: &MockTracer, span: OpenSpan) -> MockSpan {
    span.finish();
    tracer.finished().pop().unwrap()
}

fn reference(kind: ReferenceKind, context: &SpanContext) -> Reference {
    Reference {
        kind,
        context: context.clone(),
    }
}

#[test]
fn without_a_reference_the_current_span_is_the_parent() {
    let tracer = MockTracer::new();
    let scope = tracer.span("current").start_active();
    tracer.span("child").start().finish();
    let other = tracer.span("other").root().start();
    tracer.span("explicit").child_of(&other).start().finish();
    other.finish();
    drop(scope);
    assert_nothing_current();
    assert_eq!(
        tracer.tree(),
        "current\n  child\nother\n  explicit\n",
        "an explicit reference beats the current span, and root() starts a new trace"
    );
    assert_ne!(
        named(&tracer, "other").trace_id(),
        named(&tracer, "current").trace_id()
    );
}

#[test]
fn the_first_child_of_else_the_first_reference_is_the_parent() {
    use ReferenceKind::{ChildOf, FollowsFrom};
    let tracer = MockTracer::new();
    let [a, b, c] = [(); 3].map(|()| remote(Sampling::Record));

    let span = tracer.span("x").follows_from(&a).child_of(&b).child_of(&c);
    let span = kept(&tracer, span.start());
    assert_eq!(span.parent, Some(reference(ChildOf, &b)));
    assert_eq!(
        span.references,
        [reference(FollowsFrom, &a), reference(ChildOf, &c)]
    );
    assert_eq!(span.parent_id(), Some(b.span_id()));
    assert_eq!(span.trace_id(), b.trace_id());

    let span = tracer.span("x").follows_from(&a).follows_from(&b);
    let span = kept(&tracer, span.start());
    assert!(span.follows());
    assert_eq!(span.parent, Some(reference(FollowsFrom, &a)));
    assert_eq!(span.references, [reference(FollowsFrom, &b)]);

    let span = tracer.span("x").child_of(&a).follows_from(&b);
    let span = kept(&tracer, span.start());
    assert_eq!(span.parent, Some(reference(ChildOf, &a)));
    assert_eq!(span.references, [reference(FollowsFrom, &b)]);
}

#[test]
fn what_came_with_a_request_is_a_child_of_reference_like_any_other() {
    use ReferenceKind::{ChildOf, FollowsFrom};
    let tracer = MockTracer::new();
    let (a, b) = (remote(Sampling::Record), remote(Sampling::Record));
    let extracted = Extracted::context(a.clone(), false);

    let span = tracer.span("x").continues(&extracted).child_of(&b).start();
    let span = kept(&tracer, span);
    assert_eq!(span.parent, Some(reference(ChildOf, &a)));
    assert_eq!(span.references, [reference(ChildOf, &b)]);

    let span = tracer.span("x").child_of(&b).continues(&extracted).start();
    let span = kept(&tracer, span);
    assert_eq!(span.parent, Some(reference(ChildOf, &b)));
    assert_eq!(span.references, [reference(ChildOf, &a)]);

    let span = tracer.span("x").follows_from(&b).continues(&extracted);
    let span = kept(&tracer, span.start());
    assert_eq!(span.parent, Some(reference(ChildOf, &a)));
    assert_eq!(span.references, [reference(FollowsFrom, &b)]);
}

#[test]
fn a_reference_to_nothing_gives_way_to_the_next_one() {
    let tracer = MockTracer::new();
    let (nothing, a) = (SpanRef::none(), remote(Sampling::Record));
    let absent = Extracted::absent();
    let builders = [
        tracer.span("x").child_of(&nothing).child_of(&a),
        tracer.span("x").follows_from(&nothing).child_of(&a),
        tracer.span("x").continues(&absent).child_of(&a),
    ];
    for span in builders.map(|builder| kept(&tracer, builder.start())) {
        assert_eq!(span.parent, Some(reference(ReferenceKind::ChildOf, &a)));
        assert!(span.references.is_empty());
    }
    let span = tracer.span("x").child_of(&nothing).follows_from(&a).start();
    assert!(kept(&tracer, span).follows());
    // A caller that sent nothing starts a trace, whatever is current.
    let scope = tracer.span("current").start_active();
    let span = tracer.span("x").continues(&absent).start();
    assert_eq!(kept(&tracer, span).parent, None);
    drop(scope);
}

#[test]
fn every_kind_of_parent_gives_one_trace_and_its_baggage() {
    let tracer = MockTracer::new();
    let extra = |value: &str| {
        let mut extra = Extra::default();
        extra.baggage.set("of", value).unwrap();
        Arc::new(extra)
    };
    let context = remote(Sampling::Record).with_extra(Some(extra("parent")));
    let extracted = Extracted::context(context.clone(), true);
    let bare = SpanRef::from_context(context.clone());
    let recording = tracer.span("parent").child_of(&context).start();
    let own = extra("own");
    for parent in [
        Parent::Remote(&extracted),
        Parent::Local(&bare),
        Parent::Local(&recording),
        Parent::ChildOf(&context),
        Parent::Follows(&context),
    ] {
        let start = SpanStart::new("x".into()).parent(parent);
        let span = tracer.start_span(start);
        assert!(span.is_recording(), "{parent:?}");
        assert_eq!(span.trace_id(), Some(context.trace_id()));
        assert_eq!(span.baggage("of"), Some("parent"), "{parent:?}");
        let mut start = start;
        start.extra = Some(&own);
        let span = tracer.start_span(start);
        assert_eq!(span.baggage("of"), Some("own"), "{parent:?}");
    }
    let root = tracer.start_span(SpanStart::new("x".into()));
    assert_ne!(root.trace_id(), Some(context.trace_id()));
    assert_eq!(root.extra(), None);
}
