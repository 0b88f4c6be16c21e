//! Spans that futures take along.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use tracer_core::current::{FutureExt, InSpan};
use tracer_core::testing::MockTracer;
use tracer_core::{SpanRef, TracerExt};

use crate::support::{
    Tasks, Worker, assert_nothing_current, assert_tree, block_on, poll_once, yield_now,
};

#[test]
fn an_owned_span_ends_when_its_future_completes() {
    let tracer = MockTracer::new();
    let work = async {
        yield_now().await;
        SpanRef::current().set_tag("seen", true);
        42
    };
    let mut future = pin!(work.in_span(tracer.span("work").start()));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_nothing_current();
    assert!(tracer.finished().is_empty());
    assert_eq!(poll_once(future.as_mut()), Poll::Ready(42));
    // At completion, not when the future is dropped.
    assert_tree(&tracer, &["work [seen=true]"]);
}

#[test]
fn a_future_dropped_early_is_cancelled_with_its_real_duration() {
    let tracer = MockTracer::new();
    let span = tracer.span("work").start();
    let mut future = Box::pin(std::future::pending::<()>().in_span(span));
    assert!(poll_once(future.as_mut()).is_pending());
    let before = std::time::Instant::now();
    while before.elapsed().is_zero() {
        std::hint::spin_loop();
    }
    drop(future);
    assert_tree(&tracer, &["work [cancelled=true]"]);
    assert!(!tracer.finished()[0].duration().is_zero());
}

#[test]
fn a_future_that_was_never_polled_is_cancelled_too() {
    let tracer = MockTracer::new();
    drop(async {}.in_span(tracer.span("work").start()));
    assert_tree(&tracer, &["work [cancelled=true]"]);
}

/// Records the current span when it is dropped.
struct Witness;

impl Drop for Witness {
    fn drop(&mut self) {
        SpanRef::current().set_tag("dropped inside", true);
    }
}

#[test]
fn the_span_is_current_while_the_future_is_dropped() {
    let tracer = MockTracer::new();
    let work = async {
        let _witness = Witness;
        std::future::pending::<()>().await;
    };
    let mut future = Box::pin(work.in_span(tracer.span("work").start()));
    assert!(poll_once(future.as_mut()).is_pending());
    drop(future);
    assert_tree(&tracer, &["work [dropped inside=true, cancelled=true]"]);
}

fn panicking(tracer: &MockTracer, payload: Box<dyn std::any::Any + Send>) -> InSpan<impl Future> {
    async { std::panic::resume_unwind(payload) }.in_span(tracer.span("work").start())
}

#[test]
fn a_panic_is_an_error_even_if_an_executor_catches_it_before_it_drops_the_future() {
    for (payload, line) in [
        (
            Box::new("boom") as Box<dyn std::any::Any + Send>,
            "work !panic: boom",
        ),
        (Box::new("heap".to_owned()), "work !panic: heap"),
        (Box::new(7_u8), "work !panic"),
    ] {
        let tracer = MockTracer::new();
        let mut future = Box::pin(panicking(&tracer, payload));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            poll_once(future.as_mut()).is_ready()
        }));
        assert!(caught.is_err(), "the panic goes on");
        assert_nothing_current();
        drop(future);
        assert_tree(&tracer, &[line]);
    }
}

#[test]
fn a_panic_keeps_its_payload() {
    let tracer = MockTracer::new();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        block_on(panicking(&tracer, Box::new(7_u8)));
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&7_u8));
}

#[test]
fn a_borrowed_span_is_current_and_neither_finished_nor_stretched() {
    let tracer = MockTracer::new();
    let worker = Worker::new();
    let request = tracer.span("request").start();
    let task = async { SpanRef::current().set_tag("task", true) }.in_span(request.handle());
    let cancelled = async {}.in_span(&request);
    let background = {
        let tracer = tracer.clone();
        async move { tracer.span("background").start().finish() }.in_span(request.handle())
    };
    block_on(task);
    drop(cancelled);
    assert!(tracer.finished().is_empty());
    request.finish();
    worker.run(move || block_on(background));
    worker.join();
    assert_tree(&tracer, &["request [task=true]", "  background"]);
}

#[test]
fn a_task_without_in_span_sees_nothing_of_its_neighbours() {
    let tracer = MockTracer::new();
    let mut tasks = Tasks::default();
    let with = async {
        for _ in 0..3 {
            yield_now().await;
            assert!(SpanRef::current().is_recording());
        }
    };
    tasks.spawn(with.in_span(tracer.span("work").start()));
    tasks.spawn(async {
        for _ in 0..3 {
            yield_now().await;
            assert_nothing_current();
        }
    });
    tasks.run();
    assert_tree(&tracer, &["work"]);
}

#[test]
fn a_guard_held_across_an_await_stays_with_its_future() {
    let tracer = MockTracer::new();
    let mut tasks = Tasks::default();
    for name in ["one", "two"] {
        let tracer_there = tracer.clone();
        let work = async move {
            let inner = tracer_there.span("inner").start();
            let guard = inner.enter();
            yield_now().await;
            assert_eq!(SpanRef::current().span_id(), inner.span_id());
            drop(guard);
            assert_ne!(SpanRef::current().span_id(), inner.span_id());
            inner.finish();
            tracer_there.span("after").start().finish();
        };
        tasks.spawn(work.in_span(tracer.span(name).start()));
    }
    tasks.run();
    assert_tree(
        &tracer,
        &["one", "  inner", "  after", "two", "  inner", "  after"],
    );
}

#[test]
fn a_guard_still_held_when_its_future_is_dropped_leaks_to_nobody() {
    let tracer = MockTracer::new();
    let inner = tracer.span("inner").start();
    let held = inner.handle();
    let work = async move {
        let _guard = held.enter();
        std::future::pending::<()>().await;
    };
    let mut future = Box::pin(work.in_span(tracer.span("work").start()));
    assert!(poll_once(future.as_mut()).is_pending());
    assert_nothing_current();
    drop(future);
    assert_nothing_current();
    inner.abandon();
    assert_tree(&tracer, &["work [cancelled=true]"]);
}

#[test]
fn a_guard_that_leaves_its_future_disturbs_nobody() {
    let tracer = MockTracer::new();
    let span = tracer.span("handed out").start();
    let handle = span.handle();
    let guard = block_on(async move { handle.enter() }.in_span(tracer.span("work").start()));
    assert_nothing_current();
    drop(guard);
    assert_nothing_current();
    span.abandon();
}
