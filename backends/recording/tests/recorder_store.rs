//! Recorders are used again wherever spans end, cost no allocation once a process is warm, and go with
//! their tracer and the threads that served it. A binary of its own: the counter counts everybody.

use std::alloc::System;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_core::{OpenSpan, SpanRef, Tag, TracerExt};
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

/// Many at once, again and again: the fewest allocations, also those of memory that grows.
fn tide(tracer: &RecordingTracer, at_once: usize, text: &str) -> usize {
    let mut spans = Vec::with_capacity(at_once);
    let round = || {
        let region = Region::new(ALLOCATOR);
        for _ in 0..at_once {
            let span = span(tracer);
            span.set_tag("text", text);
            spans.push(span);
        }
        spans.drain(..).for_each(OpenSpan::finish);
        let change = region.change();
        change.allocations + change.reallocations
    };
    std::iter::repeat_with(round).take(9).min().unwrap()
}

#[test]
fn many_at_once_again_and_again() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(tide(&recording(), 10_000, "x"), 0);
    assert_eq!(tide(&recording(), AT_ONCE, &"x".repeat(1_500)), 0);
}

#[test]
fn a_burst_of_one_tracer_leaves_room_for_another() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let (bursting, other) = (recording(), recording());
    tide(&bursting, 20_000, "x");
    assert_eq!(handed_over(&other, 20, || {}), 0);
}

/// Bytes that stay of 20,000 spans of a new tracer at once, which took more than `large` each.
fn kept(large: usize, start: impl Fn(&RecordingTracer) -> OpenSpan) -> usize {
    let tracer = recording();
    let region = Region::new(ALLOCATOR);
    let burst: Vec<_> = std::iter::repeat_with(|| start(&tracer))
        .take(20_000)
        .collect();
    let at_most = region.change().bytes_allocated;
    assert!(at_most > 20_000 * large, "{at_most}");
    burst.into_iter().for_each(OpenSpan::finish);
    let change = region.change();
    change.bytes_allocated - change.bytes_deallocated
}

const ENOUGH: usize = 40 << 20;

#[test]
fn of_a_burst_no_more_is_kept_than_is_good() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = "x".repeat(6_000);
    let texts = kept(text.len(), |tracer| {
        let span = span(tracer);
        span.set_tag("text", &*text);
        span.log(&[Tag::new("event", "something")]);
        span
    });
    assert!(texts < ENOUGH, "texts: {texts} bytes");
    let events = kept(text.len(), |tracer| {
        let span = span(tracer);
        span.log(&[Tag::new("stack", &*text)]);
        span
    });
    assert!(events < ENOUGH, "events: {events} bytes");
    let elsewhere = recording();
    let other = span(&elsewhere);
    let references = kept(4_000, |tracer| {
        let start = tracer.span("job").root();
        let start = (0..128).fold(start, |start, _| start.follows_from(&other));
        start.start()
    });
    assert!(references < ENOUGH, "references: {references} bytes");
    let baggage = kept(4_000, |tracer| {
        let parent = SpanRef::none().with_baggage("user", &text[..4_000]);
        tracer.span("job").child_of(parent.unwrap()).start()
    });
    assert!(baggage < ENOUGH, "baggage: {baggage} bytes");
}

#[test]
fn what_waits_on_a_thread_has_given_back_what_it_took() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let text = "x".repeat(4_000);
    let tracer = recording();
    let region = Region::new(ALLOCATOR);
    let start = || {
        let span = span(&tracer);
        (0..25).for_each(|_| span.log(&[Tag::new("stack", &*text)]));
        span
    };
    let spans: Vec<_> = std::iter::repeat_with(start).take(AT_ONCE).collect();
    spans.into_iter().for_each(OpenSpan::finish);
    let change = region.change();
    let kept = change.bytes_allocated - change.bytes_deallocated;
    assert!(kept < AT_ONCE * 20_000, "{kept} bytes of 100,000 each");
}

/// Tells when it goes.
struct Told {
    gone: Arc<AtomicBool>,
    panics: bool,
}

impl Reporter for Told {
    fn report(&self, _: &FinishedSpan<'_>) {}

    fn detached(&self) {
        assert!(!self.panics, "on purpose");
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::Release);
    }
}

#[test]
fn nothing_of_a_tracer_is_kept_when_it_and_its_threads_are_gone() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    for (late, panics) in [(false, false), (true, false), (false, true)] {
        let gone = Arc::new(AtomicBool::new(false));
        let reporter = Told {
            gone: Arc::clone(&gone),
            panics,
        };
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
        assert!(
            gone.load(Ordering::Acquire),
            "late: {late}, panics: {panics}"
        );
    }
}

/// Allocations of so many spans at once on a thread of its own.
fn needed(tracer: &RecordingTracer, at_once: usize) -> usize {
    let work = || {
        let mut spans = Vec::with_capacity(at_once);
        let region = Region::new(ALLOCATOR);
        spans.extend(std::iter::repeat_with(|| tracer.span("job").root().start()).take(at_once));
        region.change().allocations
    };
    thread::scope(|scope| scope.spawn(work).join().unwrap())
}

/// Allocations of a recorder, which are the same for each.
fn of_one() -> usize {
    let new = |at_once| needed(&recording(), at_once);
    (new(200) - new(100)) / 100
}

/// How many recorders there are too few for so many spans at once on another thread. Whoever finds the
/// store in other hands makes one more: the fewest of some rounds.
fn missing(tracer: &RecordingTracer, at_once: usize) -> usize {
    // What the thread itself needs is less than those of ten recorders, and a few more tell.
    needed(tracer, at_once) / of_one()
}

/// The same while another thread rests that has done this before.
fn missing_beside(tracer: &RecordingTracer, at_once: usize, work: impl Fn() + Sync) -> usize {
    let (done, over) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            work();
            done.wait();
            over.wait();
        });
        done.wait();
        let missing = missing(tracer, at_once);
        over.wait();
        // Really over: what it had is in the store.
        other.join().unwrap();
        missing
    })
}

fn fewest(round: impl Fn() -> usize) -> usize {
    std::iter::repeat_with(round).take(5).min().unwrap()
}

/// Spans of one thread, all at once.
fn at_once(tracer: &RecordingTracer, count: usize) {
    let start = || tracer.span("job").root().start();
    let spans: Vec<_> = std::iter::repeat_with(start).take(count).collect();
    spans.into_iter().for_each(OpenSpan::finish);
}

/// A tracer with so many recorders in the store.
fn stored(count: usize) -> RecordingTracer {
    let tracer = recording();
    thread::scope(|scope| scope.spawn(|| at_once(&tracer, count)).join().unwrap());
    tracer
}

/// As many as threads may seem to take because they allocate lists.
const FEW: usize = 8;

#[test]
fn a_thread_keeps_what_it_needs_and_no_more() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let busy = fewest(|| {
        let tracer = recording();
        missing_beside(&tracer, 900, || at_once(&tracer, 900))
    });
    assert!((128..=257 + FEW).contains(&busy), "{busy}");
    let idle = fewest(|| {
        let tracer = stored(900);
        missing_beside(&tracer, 900, || span(&tracer).finish())
    });
    assert!(idle <= 8 + FEW, "{idle}");
}

#[test]
fn a_thread_that_serves_many_tracers_leaves_each_its_recorders() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let most = fewest(|| {
        let tracers: Vec<_> = std::iter::repeat_with(|| stored(300)).take(12).collect();
        let turns = || tracers.iter().cycle().take(2 * tracers.len());
        let (turn, looked) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            let many = scope.spawn(|| {
                for tracer in turns() {
                    span(tracer).finish();
                    turn.wait();
                    looked.wait();
                }
            });
            // In each turn, while it has what it took in this one and the last ones.
            let look = |tracer| {
                turn.wait();
                let missing = missing(tracer, 300);
                looked.wait();
                missing
            };
            let most = turns().map(look).max().unwrap();
            many.join().unwrap();
            most
        })
    });
    assert!(most <= 8 + FEW, "{most}");
}
