//! Several requests of one trace before a tail, and what ends after its request.

use std::collections::HashMap;
use std::time::Duration;

use tracer_core::{Extracted, Kind, OpenSpan, SpanRef, Tracer, TracerExt};
use tracer_recording::samplers::Never;
use tracer_recording::stages::Tail;
use tracer_recording::{InMemoryReporter, ManualClock, RecordingTracer};

use crate::names;
use crate::tail::{Rig, child, rig};

/// What callers send that have not chosen their trace: ids that a server joins, and others.
fn unsampled_callers() -> [Extracted; 2] {
    ["x-b3-", "traceparent"].map(unsampled_caller)
}

fn unsampled_caller(format: &str) -> Extracted {
    let mut headers = HashMap::<String, String>::new();
    let tracer = RecordingTracer::builder("caller", InMemoryReporter::new())
        .sampler(Never)
        .build();
    let call = tracer.span("call").kind(Kind::Client).start();
    tracer.inject(&call, &mut headers);
    headers.retain(|name, _| name.starts_with(format));
    tracer.extract(&headers)
}

/// Another request of that trace.
fn serve(rig: &Rig, caller: &Extracted, name: &str) -> OpenSpan {
    rig.clock.advance(Duration::from_millis(1));
    let span = rig.tracer.span(name).kind(Kind::Server);
    span.continues(caller).start()
}

#[test]
fn a_request_that_ends_well_takes_nothing_of_another_one_of_its_trace() {
    for caller in unsampled_callers() {
        let rig = rig(Never);
        let serve = |name| serve(&rig, &caller, name);
        let (first, second) = (serve("first"), serve("second"));
        child(&first, "load first").finish();
        child(&second, "load second").finish();
        second.finish();
        assert_eq!(rig.tail.counts().held_spans, 1);
        first.set_error(&"refused");
        first.finish();
        assert_eq!(names(&rig.memory.take()), ["load first", "first"]);
        assert_eq!(rig.tail.counts().held_spans, 0);
    }
}

/// As of a background task: nothing would end what is held of it.
#[test]
fn what_ends_after_its_request_is_forgotten_with_it() {
    let rig = rig(Never);
    rig.clock.advance(Duration::from_millis(1));
    let root = rig.tracer.span("request").start();
    let (late, failing) = (child(&root, "late"), child(&root, "failing"));
    root.finish();
    late.finish();
    let counts = rig.tail.counts();
    assert_eq!((counts.held_spans, counts.forgotten_spans), (0, 2));
    failing.set_error(&"refused");
    failing.finish();
    assert_eq!(names(&rig.memory.take()), ["failing"]);
}

#[test]
fn forgotten_requests_are_remembered_in_bounds() {
    let tail = Tail::new(InMemoryReporter::new()).most_traces(1);
    let clock = ManualClock::default();
    let tracer = RecordingTracer::builder("shop", tail.clone())
        .sampler(Never)
        .clock(clock.clone())
        .build();
    let late = [1, 2].map(|_| {
        clock.advance(Duration::from_millis(1));
        let root = tracer.span("request").start();
        child(&root, "late")
    });
    let bare = SpanRef::from_context(late[1].context().unwrap().clone());
    for (late, held) in late.into_iter().zip([1, 1]) {
        late.finish();
        assert_eq!(tail.counts().held_spans, held);
    }
    // Both that it is over and that its trace is.
    tracer.span("task").child_of(&bare).start().finish();
    let counts = tail.counts();
    assert_eq!((counts.forgotten_spans, counts.evicted_spans), (4, 0));
}

#[test]
fn what_is_held_of_a_request_follows_its_trace() {
    let (rig, [caller, _]) = (rig(Never), unsampled_callers());
    let serve = |name| serve(&rig, &caller, name);
    let (fine, failing) = (serve("fine"), serve("failing"));
    child(&fine, "load").finish();
    failing.set_error(&"refused");
    failing.finish();
    assert_eq!(names(&rig.memory.take()), ["failing"]);
    fine.finish();
    assert_eq!(names(&rig.memory.take()), ["load", "fine"]);
    let counts = rig.tail.counts();
    assert_eq!((counts.kept_traces, counts.kept_spans), (1, 3));
    assert_eq!(counts.held_spans, 0);
}

/// A task that was handed the context alone, and what it does after its own end.
#[test]
fn children_of_a_bare_context_go_with_their_trace() {
    let rig = rig(Never);
    for fails in [false, true] {
        rig.clock.advance(Duration::from_millis(1));
        let root = rig.tracer.span("request").start();
        rig.clock.advance(Duration::from_millis(1));
        let task = SpanRef::from_context(root.context().unwrap().clone());
        let task = rig.tracer.span("task").child_of(&task).start();
        assert!(task.is_recording());
        let late = child(&task, "late");
        child(&task, "step").finish();
        task.finish();
        late.finish();
        child(&root, "load").finish();
        assert_eq!(rig.tail.counts().held_spans, 4);
        if fails {
            root.set_error(&"refused");
        }
        root.finish();
        assert_eq!(rig.tail.counts().held_spans, 0);
    }
    let spans = rig.memory.take();
    assert_eq!(names(&spans), ["step", "task", "late", "load", "request"]);
}

/// As a WebSocket, or a job from a queue: its request is over, and nothing would end what is held of it.
#[test]
fn what_follows_from_a_request_that_is_over_is_forgotten_with_it() {
    let tail = Tail::new(InMemoryReporter::new()).most_traces(3);
    let tracer = RecordingTracer::builder("shop", tail.clone()).sampler(Never);
    let tracer = tracer.build();
    let long = tracer.span("long request").start();
    child(&long, "load").finish();
    for _ in 0..10 {
        let request = tracer.span("GET /ws").kind(Kind::Server).start();
        let spoken = tracer.span("websocket").follows_from(&request).start();
        request.finish();
        spoken.finish();
    }
    let counts = tail.counts();
    assert_eq!((counts.held_spans, counts.evicted_traces), (1, 0));
    assert_eq!(counts.forgotten_spans, 20);
}

/// A tail that may hold one span, and remember any number of traces.
fn narrow() -> (InMemoryReporter, Tail) {
    let memory = InMemoryReporter::new();
    let tail = Tail::new(memory.clone()).most_traces(usize::MAX);
    (memory, tail.most_spans(1))
}

/// Who bounds what is held by spans alone has bounded what is remembered, too.
#[test]
fn what_is_remembered_of_requests_is_bounded_by_the_number_of_spans_too() {
    let (_, tail) = narrow();
    let clock = ManualClock::default();
    let tracer = RecordingTracer::builder("shop", tail.clone()).sampler(Never);
    let tracer = tracer.clock(clock.clone()).build();
    let late = [1, 2].map(|_| {
        clock.advance(Duration::from_millis(1));
        child(&tracer.span("request").start(), "late")
    });
    let [first, second] = late;
    second.finish();
    assert_eq!(tail.counts().held_spans, 0);
    first.finish();
    assert_eq!(tail.counts().held_spans, 1);
}

#[test]
fn so_is_what_is_remembered_of_traces_that_were_kept() {
    let (memory, tail) = narrow();
    let tracer = RecordingTracer::builder("shop", tail)
        .sampler(Never)
        .build();
    let [first, second] = [1, 2].map(|_| {
        let root = tracer.span("request").start();
        root.set_error(&"refused");
        child(&root, "late")
    });
    memory.take();
    second.finish();
    first.finish();
    assert_eq!(names(&memory.take()), ["late"]);
}
