//! Recorders are used again wherever spans end, cost no allocation once a process is warm, and go with
//! their tracer. A binary of its own: the counter counts everybody.

use std::alloc::System;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_core::{OpenSpan, Tag, TracerExt};
use tracer_recording::{FinishedSpan, NullReporter, RecordingTracer, Reporter};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time.
static COUNTING: Mutex<()> = Mutex::new(());

const AT_ONCE: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

fn recording() -> RecordingTracer {
    RecordingTracer::builder("shop", NullReporter).build()
}

fn span(tracer: &RecordingTracer) -> OpenSpan {
    let span = tracer.span("job").root().start();
    span.set_tag("http.path", "/users/7");
    span
}

/// Begins spans here and ends them on another thread; `between`: what else there is, each time.
fn handed_over(tracer: &RecordingTracer, rounds: usize, between: impl Fn()) -> usize {
    let (there, begun) = sync_channel::<Vec<OpenSpan>>(1);
    let (here, over) = sync_channel(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            for mut spans in begun {
                spans.drain(..).for_each(OpenSpan::finish);
                here.send(spans).unwrap();
            }
        });
        let mut spans = Vec::with_capacity(AT_ONCE);
        let round = || {
            let region = Region::new(ALLOCATOR);
            spans.extend(std::iter::repeat_with(|| span(tracer)).take(AT_ONCE));
            there.send(std::mem::take(&mut spans)).unwrap();
            spans = over.recv_timeout(PATIENCE).unwrap();
            let allocations = region.change().allocations;
            between();
            allocations
        };
        let counts: Vec<_> = std::iter::repeat_with(round).take(rounds).collect();
        drop(there);
        // Warm by then; the test harness allocates now and then.
        counts.into_iter().skip(rounds / 2).min().unwrap()
    })
}

#[test]
fn begun_on_one_thread_and_over_on_another() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(handed_over(&recording(), 20, || {}), 0);
}

#[test]
fn threads_that_come_and_go_take_nothing_away() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let tracer = recording();
    let others = || {
        for _ in 0..20 {
            let work = || span(&tracer).finish();
            thread::scope(|scope| scope.spawn(work).join().unwrap());
        }
    };
    assert_eq!(handed_over(&tracer, 40, others), 0);
}

#[test]
fn many_at_once_again_and_again() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let tracer = recording();
    let mut spans = Vec::with_capacity(10_000);
    let tide = || {
        let region = Region::new(ALLOCATOR);
        spans.extend(std::iter::repeat_with(|| span(&tracer)).take(10_000));
        spans.drain(..).for_each(OpenSpan::finish);
        region.change().allocations
    };
    let counts = std::iter::repeat_with(tide).take(9);
    assert_eq!(counts.min(), Some(0));
}

#[test]
fn of_a_burst_no_more_is_kept_than_is_good() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let tracer = recording();
    let text = "x".repeat(6_000);
    let region = Region::new(ALLOCATOR);
    let large = || {
        let span = span(&tracer);
        span.set_tag("text", &*text);
        span.log(&[Tag::new("event", "something")]);
        span
    };
    let burst: Vec<_> = std::iter::repeat_with(large).take(20_000).collect();
    let at_most = region.change().bytes_allocated;
    burst.into_iter().for_each(OpenSpan::finish);
    let change = region.change();
    let kept = change.bytes_allocated - change.bytes_deallocated;
    assert!(at_most > 20_000 * text.len(), "{at_most}");
    assert!(kept < 32 << 20, "{kept} bytes");
}

/// Tells when it goes.
struct Told(Arc<AtomicBool>);

impl Reporter for Told {
    fn report(&self, _: &FinishedSpan<'_>) {}
}

impl Drop for Told {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[test]
fn nothing_of_a_tracer_is_kept_when_it_and_its_threads_are_gone() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    for late in [false, true] {
        let gone = Arc::new(AtomicBool::new(false));
        let reporter = Told(Arc::clone(&gone));
        let tracer = RecordingTracer::builder("shop", reporter).build();
        let work = move || {
            let spans: Vec<_> = std::iter::repeat_with(|| span(&tracer))
                .take(AT_ONCE)
                .collect();
            if late {
                drop(tracer);
                spans.into_iter().for_each(OpenSpan::finish);
            } else {
                spans.into_iter().for_each(OpenSpan::finish);
                drop(tracer);
            }
        };
        thread::spawn(work).join().unwrap();
        assert!(gone.load(Ordering::Acquire), "late: {late}");
    }
}
