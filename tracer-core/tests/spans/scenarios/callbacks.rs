//! Activate and deactivate over callbacks, multiple callbacks, nested callbacks, late finish.

use std::sync::Arc;

use tracer_core::current::bind;
use tracer_core::testing::MockTracer;
use tracer_core::{SpanRef, TracerExt};

use crate::support::{Worker, assert_nothing_current, assert_tree, named};

#[test]
fn activate_and_deactivate_over_callbacks() {
    let tracer = MockTracer::new();
    let (first, second) = (Worker::new(), Worker::new());

    let span = tracer.span("request").start();
    {
        let _guard = span.enter();
        SpanRef::current().set_tag("step", 1);
    }
    assert_nothing_current();
    // The owner travels from callback to callback; each activates it only while it works.
    let span = first.run(move || {
        span.scope(|| SpanRef::current().set_tag("first", true));
        assert_nothing_current();
        span
    });
    second.run(move || {
        let scope = span.into_scope();
        SpanRef::current().set_tag("second", true);
        drop(scope);
    });
    first.join();
    second.join();
    assert_tree(&tracer, &["request [step=1, first=true, second=true]"]);
}

#[test]
fn multiple_callbacks_share_a_span_that_ends_with_the_last_one() {
    let tracer = MockTracer::new();
    let workers: Vec<_> = (0..3).map(|_| Worker::new()).collect();

    let parent = Arc::new(tracer.span("parent").start());
    let results: Vec<_> = workers
        .iter()
        .map(|worker| {
            let (tracer, parent) = (tracer.clone(), Arc::clone(&parent));
            worker.submit(move || {
                let _guard = parent.enter();
                tracer.span("task").start().finish();
                assert!(
                    tracer.finished().iter().all(|span| span.name == "task"),
                    "the parent ended while a callback held it"
                );
            })
        })
        .collect();
    drop(parent);
    drop(results);
    workers.into_iter().for_each(Worker::join);
    assert_tree(&tracer, &["parent", "  task", "  task", "  task"]);
    assert_eq!(tracer.finished().last().unwrap().name, "parent");
}

#[test]
fn nested_callbacks_each_annotate_the_span_and_the_innermost_finishes_it() {
    let tracer = MockTracer::new();
    let worker = Arc::new(Worker::new());

    let span = tracer.span("one").start();
    let (inner, outer) = (Arc::clone(&worker), Arc::clone(&worker));
    let done = outer.submit(move || {
        span.scope(|| SpanRef::current().set_tag("key1", 1));
        let innermost = Arc::clone(&inner);
        inner.submit(move || {
            span.scope(|| SpanRef::current().set_tag("key2", 2));
            innermost.submit(move || {
                span.scope(|| SpanRef::current().set_tag("key3", 3));
                span.finish();
            })
        })
    });
    let done = done.recv().unwrap().recv().unwrap();
    done.recv().unwrap();
    drop(outer);
    Arc::into_inner(worker).unwrap().join();
    assert_tree(&tracer, &["one [key1=1, key2=2, key3=3]"]);
}

#[test]
fn late_span_finish() {
    let tracer = MockTracer::new();
    let worker = Worker::new();

    let parent = tracer.span("parent").start();
    for name in ["early", "later"] {
        let tracer = tracer.clone();
        let task = bind(&parent, move || tracer.span(name).start().finish());
        worker.run(task);
    }
    assert_eq!(tracer.finished().len(), 2, "the parent is still open");
    parent.finish();
    worker.join();
    assert_tree(&tracer, &["parent", "  early", "  later"]);
}

#[test]
fn a_child_may_end_after_its_parent_and_start_after_it_too() {
    let tracer = MockTracer::new();
    let worker = Worker::new();

    let parent = tracer.span("parent").start();
    let (handle, child) = (
        parent.handle(),
        tracer.span("child").child_of(&parent).start(),
    );
    parent.finish();
    let of_worker = tracer.clone();
    worker.run(move || {
        child.finish();
        of_worker.span("late").child_of(handle).start().finish();
    });
    worker.join();
    assert_tree(&tracer, &["parent", "  child", "  late"]);
    assert!(named(&tracer, "child").end >= named(&tracer, "parent").end);
    assert!(named(&tracer, "late").start >= named(&tracer, "parent").end);
}
