//! The tree that tests assert on, and waiting for spans.

use std::time::Duration;

use tracer_core::testing::MockTracer;
use tracer_core::{Error, Kind, TracerExt};

use crate::support::{DEADLINE, Worker, assert_tree};

#[test]
fn siblings_stand_in_the_order_in_which_they_started() {
    let tracer = MockTracer::new();
    let root = tracer.span("root").start();
    let kinds = [Kind::Local, Kind::Server, Kind::Client, Kind::Producer];
    let children = kinds.map(|kind| tracer.span("child").kind(kind).child_of(&root).start());
    for child in children.into_iter().rev() {
        child.finish();
    }
    root.finish();
    assert_tree(
        &tracer,
        &[
            "root",
            "  child",
            "  SERVER child",
            "  CLIENT child",
            "  PRODUCER child",
        ],
    );
}

#[test]
fn a_span_whose_parent_has_not_finished_stands_at_the_left() {
    let tracer = MockTracer::new();
    let root = tracer.span("root").start();
    tracer.span("child").child_of(&root).start().finish();
    assert_tree(&tracer, &["child"]);
    root.set_error_as(Error::new("Kind", &"why"));
    root.finish();
    assert_tree(&tracer, &["root !Kind: why", "  child"]);
    tracer.reset();
    assert_tree(&tracer, &[]);
}

#[test]
fn waiting_ends_with_the_last_span_or_with_the_time() {
    let tracer = MockTracer::new();
    let worker = Worker::new();
    let spans = ["one", "two"].map(|name| tracer.span(name).start());
    worker.submit(move || drop(spans));
    let names = |spans: Vec<tracer_core::testing::MockSpan>| {
        spans.into_iter().map(|s| s.name).collect::<Vec<_>>()
    };
    assert_eq!(names(tracer.wait_for(2, DEADLINE)), ["one", "two"]);
    worker.join();
    let waited = tracer.wait_for(3, Duration::from_millis(1));
    assert_eq!(names(waited), ["one", "two"]);
}
