//! The current span of a thread: guards, scopes, closures.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::SystemTime;

use tracer_core::current::{self, FutureExt, bind};
use tracer_core::testing::MockTracer;
use tracer_core::{
    End, Endpoint, Error, InFlight, Kind, Name, OpenSpan, Sampling, Span, SpanContext, SpanId,
    SpanRef, SpanStart, Tag, TraceId, TracerExt,
};

use crate::support::{Worker, assert_nothing_current, assert_tree, poll_once};

fn current_is(span: &SpanRef) -> bool {
    SpanRef::current().span_id() == span.span_id()
}

#[test]
fn starting_does_not_activate() {
    let tracer = MockTracer::new();
    let span = tracer.span("idle").start();
    assert_nothing_current();
    drop(span);
}

#[test]
fn a_guard_restores_what_was_current_and_does_not_finish() {
    let tracer = MockTracer::new();
    let (outer, inner) = (tracer.span("outer").start(), tracer.span("inner").start());
    let outer_guard = outer.enter();
    let inner_guard = inner.enter();
    assert!(current_is(&inner));
    drop(inner_guard);
    assert!(current_is(&outer));
    drop(outer_guard);
    assert_nothing_current();
    assert!(tracer.finished().is_empty());
    inner.finish();
    outer.finish();
}

#[test]
fn a_scope_finishes_when_it_is_dropped_and_is_not_current_by_then() {
    let tracer = MockTracer::new();
    let scope = tracer.span("scoped").start().into_scope();
    assert!(current_is(scope.span()));
    drop(scope);
    assert_tree(&tracer, &["scoped"]);

    let scope = tracer.span("taken back").start_active();
    let span = scope.into_span();
    assert_nothing_current();
    assert_eq!(tracer.finished().len(), 1);
    span.finish();
    assert_eq!(tracer.finished().len(), 2);
}

#[test]
fn guards_dropped_out_of_order_leave_the_current_span_alone() {
    let tracer = MockTracer::new();
    let spans = ["a", "b", "c"].map(|name| tracer.span(name).start());
    let [a, b, c] = spans.each_ref().map(|span| span.enter());
    drop(a);
    assert!(current_is(&spans[2]));
    drop(c);
    assert!(current_is(&spans[1]));
    drop(b);
    assert_nothing_current();
}

/// Its span would stay current on this thread for ever.
#[test]
fn a_guard_dropped_in_a_future_that_has_a_span_is_dropped_outside_of_it_too() {
    let tracer = MockTracer::new();
    let (thread, future) = (tracer.span("thread").start(), tracer.span("future").start());
    for _ in 0..100 {
        let guards = [thread.enter(), thread.enter()];
        let work = pin!(async { drop(guards) }.in_span(&future));
        let polled = work.poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_ready());
        assert_nothing_current();
        current::set_baggage("a", "b").unwrap();
        assert_nothing_current();
        let guard = future.enter();
        assert!(current_is(&future));
        drop(guard);
        assert_nothing_current();
    }
}

#[test]
fn a_guard_that_its_future_did_not_keep_leaves_those_of_others_alone() {
    let tracer = MockTracer::new();
    let (inside, future) = (tracer.span("inside").start(), tracer.span("future").start());
    let taken = Cell::new(None);
    let work = pin!(async { taken.set(Some(inside.enter())) }.in_span(&future));
    assert!(
        work.poll(&mut Context::from_waker(Waker::noop()))
            .is_ready()
    );
    let guard = future.enter();
    drop(taken.take());
    assert!(current_is(&future));
    drop(guard);
    assert_nothing_current();
}

#[test]
fn the_same_span_may_be_entered_twice() {
    let tracer = MockTracer::new();
    let span = tracer.span("twice").start();
    let (first, second) = (span.enter(), span.enter());
    drop(first);
    assert!(current_is(&span));
    drop(second);
    assert_nothing_current();
}

#[test]
fn threads_inherit_nothing_and_bind_carries_the_span() {
    let tracer = MockTracer::new();
    let span = tracer.span("request").start();
    let worker = Worker::new();
    let _guard = span.enter();
    worker.run(assert_nothing_current);

    let tracer_there = tracer.clone();
    worker.run(bind(&span, move || {
        tracer_there.span("blocking").start().finish();
    }));
    worker.run(assert_nothing_current);
    worker.join();
    assert_eq!(
        tracer.finished()[0].parent_id(),
        span.span_id(),
        "what was bound is a child"
    );
}

#[test]
fn a_panic_leaves_nothing_current() {
    let tracer = MockTracer::new();
    let span = tracer.span("outer").start();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        span.scope(|| std::panic::resume_unwind(Box::new("boom")));
    }));
    assert!(caught.is_err());
    assert_nothing_current();
}

#[test]
fn a_scope_that_a_panic_unwinds_is_no_success() {
    let tracer = MockTracer::new();
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        tracer
            .span("doomed")
            .in_scope(|_| std::panic::resume_unwind(Box::new("boom")));
    }));
    assert!(caught.is_err());
    assert_tree(&tracer, &["doomed !panic"]);
}

#[test]
fn nothing_is_current_without_a_span() {
    let none = OpenSpan::none();
    let _guard = none.enter();
    assert_nothing_current();
    current::remove_baggage("nothing");
    assert!(!SpanRef::current().is_recording());
}

#[test]
fn scopes_dropped_out_of_order_leave_nothing_on_the_thread() {
    let tracer = MockTracer::new();
    let flight = || InFlight::new(tracer.span("job").start());
    let (mut a, mut b) = (flight(), flight());
    let first = a.enter();
    let second = b.enter();
    drop(first);
    current::set_baggage("k", "v").unwrap();
    let first = a.enter();
    drop(second);
    drop(first);
    drop((a, b));
    assert_eq!(SpanRef::current().baggage("k"), None);
    current::set_baggage("later", "v").unwrap();
    assert_eq!(SpanRef::current().baggage("later"), None);
}

/// Pseudo-random numbers below `n`, always the same ones.
fn picks() -> impl FnMut(usize) -> usize {
    let mut state = 88_172_645_463_325_252_u64;
    move |n| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % n
    }
}

#[test]
fn scopes_dropped_in_any_order_lose_no_span() {
    let mut pick = picks();
    for _ in 0..500 {
        let tracer = MockTracer::new();
        let count = 1 + pick(5);
        let mut flights: Vec<_> =
            std::iter::repeat_with(|| InFlight::new(tracer.span("job").start()))
                .take(count)
                .collect();
        let mut scopes: Vec<_> = flights.iter_mut().map(InFlight::enter).collect();
        while !scopes.is_empty() {
            drop(scopes.swap_remove(pick(scopes.len())));
        }
        drop(scopes);
        assert_nothing_current();
        drop(flights);
        assert_eq!(tracer.finished().len(), count, "each span ends once");
    }
}

#[test]
fn two_scopes_dropped_out_of_order_leave_the_threads_guard_alone() {
    let tracer = MockTracer::new();
    let outer = tracer.span("outer").start();
    let _guard = outer.enter();
    let flight = || InFlight::new(tracer.span("job").start());
    let (mut a, mut b) = (flight(), flight());
    let first = a.enter();
    let second = b.enter();
    drop(first);
    drop(second);
    assert!(current_is(&outer));
    drop((a, b));
    assert_eq!(tracer.finished().len(), 2);
    assert!(current_is(&outer));
}

#[test]
fn what_a_guard_of_the_thread_left_keeps_no_baggage() {
    let tracer = MockTracer::new();
    let span = tracer.span("x").start();
    drop(span.enter());
    current::set_baggage("later", "v").unwrap();
    assert_eq!(SpanRef::current().baggage("later"), None);
}

#[test]
fn guards_that_are_dropped_in_a_future_are_dropped_however_many_they_are() {
    let tracer = MockTracer::new();
    let (outer, other) = (tracer.span("outer").start(), tracer.span("other").start());
    let guards: Vec<_> = std::iter::repeat_with(|| outer.enter()).take(500).collect();
    assert!(poll_once(pin!(async { drop(guards) }.in_span(&other))).is_ready());
    assert_nothing_current();
    drop(other.enter());
    assert_nothing_current();
}

#[test]
fn guards_of_futures_that_are_gone_need_no_memory_of_them() {
    let tracer = MockTracer::new();
    let (outer, other) = (tracer.span("outer").start(), tracer.span("other").start());
    let guard = outer.enter();
    assert!(poll_once(pin!(async { drop(guard) }.in_span(&other))).is_ready());
    for _ in 0..3_000 {
        let left = Cell::new(None);
        let mut future = pin!(async { left.set(Some(outer.enter())) }.in_span(&other));
        assert!(poll_once(future.as_mut()).is_ready());
        drop(left.take());
    }
    assert_nothing_current();
}

/// Spans that have ended, and which one was current then.
type Seen = Arc<Mutex<Vec<(SpanId, Option<SpanId>)>>>;

/// Of a vendor that looks, when a span of his ends, which one is current.
struct Looking {
    context: SpanContext,
    seen: Seen,
}

impl Looking {
    fn open(seen: &Seen) -> OpenSpan {
        let (trace, span) = TraceId::random_with_span(true);
        OpenSpan::recording(Arc::new(Self {
            context: SpanContext::new(trace, span, Sampling::Record),
            seen: Arc::clone(seen),
        }))
    }
}

impl Span for Looking {
    fn context(&self) -> &SpanContext {
        &self.context
    }

    fn kind(&self) -> Kind {
        Kind::Local
    }

    fn start_child(&self, _: SpanStart<'_>) -> OpenSpan {
        OpenSpan::none()
    }

    fn finish(self: Arc<Self>, _: End<'_>) {
        let current = SpanRef::current().span_id();
        let mut seen = self.seen.lock().unwrap();
        seen.push((self.context.span_id(), current));
    }

    fn set_name(&self, _: Name<'_>) {}
    fn set_kind(&self, _: Kind) {}
    fn set_sampling(&self, _: Sampling) {}
    fn set_tags(&self, _: &[Tag<'_>]) {}
    fn log(&self, _: Option<SystemTime>, _: &[Tag<'_>]) {}
    fn set_remote(&self, _: Endpoint<'_>) {}
    fn set_error(&self, _: Option<Error<'_>>) {}
    fn abandon(self: Arc<Self>) {}
}

#[test]
fn a_span_left_over_by_scopes_out_of_order_ends_when_nothing_of_a_request_is_current() {
    let seen = Seen::default();
    let mut flights = [(); 3].map(|()| InFlight::new(Looking::open(&seen)));
    let [a, b, c] = flights.each_mut().map(InFlight::enter);
    drop((a, b));
    assert!(seen.lock().unwrap().is_empty());
    drop(c);
    let left_over = std::mem::take(&mut *seen.lock().unwrap());
    assert_eq!(left_over.len(), 1);
    assert_eq!(left_over[0].1, None, "what was current when it ended");
    assert_nothing_current();
    drop(flights);
    assert_eq!(seen.lock().unwrap().len(), 2, "the others");
}
