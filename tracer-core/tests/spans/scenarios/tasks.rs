//! Replacing the active span, and jobs that are suspended and resumed.

use tracer_core::current::FutureExt;
use tracer_core::testing::MockTracer;
use tracer_core::{OpenSpan, SpanRef, Tag, TracerExt};

use crate::support::{Tasks, Worker, assert_nothing_current, assert_tree, named, yield_now};

#[test]
fn the_active_span_is_replaced_and_restored() {
    let tracer = MockTracer::new();
    let worker = Worker::new();
    let initial = tracer.span("initial").start();
    let of_worker = tracer.clone();
    worker.run(move || {
        // A task of its own, which for a moment works for the initial span.
        let task = of_worker.span("task").root().start_active();
        {
            let _initial = initial.enter();
            assert_eq!(SpanRef::current().span_id(), initial.span_id());
        }
        assert_eq!(SpanRef::current().span_id(), task.span().span_id());
        of_worker.span("subtask").start().finish();
        initial.finish();
    });
    worker.join();
    assert_tree(&tracer, &["initial", "task", "  subtask"]);
    assert_ne!(
        named(&tracer, "initial").trace_id(),
        named(&tracer, "task").trace_id()
    );
}

/// A job that works in parts, with other work on the same thread in between.
struct Job(OpenSpan);

impl Job {
    fn new(tracer: &MockTracer, id: u32) -> Self {
        Self(tracer.span("job").tag("id", id).root().start())
    }

    fn part(&self, tracer: &MockTracer, name: &str) {
        let _guard = self.0.enter();
        SpanRef::current().log(&[Tag::new("event", name)]);
        tracer.span(name).start().finish();
    }

    fn done(self) {
        self.0.finish();
    }
}

#[test]
fn two_interleaved_jobs_are_suspended_and_resumed() {
    let tracer = MockTracer::new();
    let (one, two) = (Job::new(&tracer, 1), Job::new(&tracer, 2));
    one.part(&tracer, "part 1.1");
    two.part(&tracer, "part 2.1");
    assert_nothing_current();
    one.part(&tracer, "part 1.2");
    two.part(&tracer, "part 2.2");
    one.done();
    two.done();
    assert_tree(
        &tracer,
        &[
            "job [id=1]",
            "  part 1.1",
            "  part 1.2",
            "job [id=2]",
            "  part 2.1",
            "  part 2.2",
        ],
    );
}

#[test]
fn two_interleaved_futures_are_suspended_and_resumed() {
    let tracer = MockTracer::new();
    let mut tasks = Tasks::default();
    for id in [1, 2] {
        let job = tracer.span("job").tag("id", id).start();
        let tracer = tracer.clone();
        let work = async move {
            for part in 0..3 {
                tracer.span("part").tag("n", part).start().finish();
                yield_now().await;
            }
        };
        tasks.spawn(work.in_span(job));
    }
    tasks.run();
    assert_tree(
        &tracer,
        &[
            "job [id=1]",
            "  part [n=0]",
            "  part [n=1]",
            "  part [n=2]",
            "job [id=2]",
            "  part [n=0]",
            "  part [n=1]",
            "  part [n=2]",
        ],
    );
}
