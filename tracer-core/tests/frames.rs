//! What a request or a future keeps while it is under way costs no allocation once a process is warm,
//! and is given up when it is over. A binary of its own: the counter counts everybody.

use std::alloc::System;
use std::mem::size_of;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tracer_core::http::{HttpServer, RequestView, ResponseView};
use tracer_core::testing::MockTracer;
use tracer_core::{Extract, InFlight, OpenSpan, Sampling, SpanContext, TraceId};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time.
static COUNTING: Mutex<()> = Mutex::new(());

/// A request whose trace is not sampled.
fn unsampled() -> InFlight {
    let (trace, span) = TraceId::random_with_span(true);
    let context = SpanContext::new(trace, span, Sampling::Drop);
    InFlight::new(OpenSpan::from_context(context))
}

/// Allocations of the round with the fewest: the test harness makes some now and then.
fn allocations(rounds: usize, mut round: impl FnMut()) -> usize {
    let counted = || {
        let region = Region::new(ALLOCATOR);
        round();
        region.change().allocations
    };
    std::iter::repeat_with(counted).take(rounds).min().unwrap()
}

#[test]
fn one_after_the_other_and_many_at_once() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let one = || drop(unsampled());
    assert_eq!(allocations(9, || (0..1_000).for_each(|_| one())), 0);
    let mut many: Vec<_> = std::iter::repeat_with(unsampled).take(5_000).collect();
    let replace = || {
        for flight in &mut many {
            drop(flight.enter());
            *flight = unsampled();
        }
    };
    assert_eq!(allocations(9, replace), 0);
    let mut together = Vec::with_capacity(1_000);
    let tide = || {
        together.extend(std::iter::repeat_with(unsampled).take(1_000));
        together.clear();
    };
    assert_eq!(allocations(9, tide), 0);
}

/// What is handed from thread to thread: a full list, or an empty one in return.
#[derive(Default)]
struct Handover {
    flights: Mutex<Vec<InFlight>>,
    changed: Condvar,
}

impl Handover {
    /// Waits until the list is full, or empty.
    fn when(&self, full: bool) -> MutexGuard<'_, Vec<InFlight>> {
        let flights = self.flights.lock().unwrap();
        let patience = Duration::from_secs(60);
        let other = |flights: &mut Vec<_>| flights.is_empty() == full;
        let waited = self.changed.wait_timeout_while(flights, patience, other);
        let (flights, timeout) = waited.unwrap();
        assert!(!timeout.timed_out());
        flights
    }
}

/// Begins requests here and ends them on another thread; `between`: what else there is, each time.
fn handed_over(rounds: usize, between: impl Fn()) -> usize {
    let handover = Handover::default();
    handover.flights.lock().unwrap().reserve(1_000);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..rounds {
                let mut flights = handover.when(true);
                for flight in &mut *flights {
                    drop(flight.enter());
                }
                flights.clear();
                handover.changed.notify_all();
            }
        });
        let round = || {
            let region = Region::new(ALLOCATOR);
            let mut flights = handover.when(false);
            flights.extend(std::iter::repeat_with(unsampled).take(1_000));
            handover.changed.notify_all();
            drop(flights);
            drop(handover.when(false));
            let allocations = region.change().allocations;
            between();
            allocations
        };
        let counts: Vec<_> = std::iter::repeat_with(round).take(rounds).collect();
        // Warm by then; the test harness allocates now and then.
        counts.into_iter().skip(rounds / 2).min().unwrap()
    })
}

#[test]
fn begun_on_one_thread_and_over_on_another() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(handed_over(20, || {}), 0);
}

#[test]
fn threads_that_come_and_go_take_nothing_away() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let others = || {
        for _ in 0..20 {
            thread::spawn(|| drop(unsampled())).join().unwrap();
        }
    };
    assert_eq!(handed_over(40, others), 0);
}

#[test]
fn of_a_burst_no_more_is_kept_than_is_good() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let region = Region::new(ALLOCATOR);
    let mut burst: Vec<_> = std::iter::repeat_with(unsampled).take(50_000).collect();
    for flight in &mut burst {
        let span = flight.span().clone();
        let _scope = flight.enter();
        drop([(); 12].map(|()| span.enter()));
    }
    let at_most = region.change().bytes_allocated;
    drop(burst);
    let change = region.change();
    let kept = change.bytes_allocated - change.bytes_deallocated;
    assert!(at_most > 50_000 * size_of::<SpanContext>(), "{at_most}");
    assert!(kept < 6 << 20, "{kept} bytes");
}

struct Get;

impl RequestView for Get {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn headers(&self) -> &dyn Extract {
        static NONE: Vec<(String, String)> = Vec::new();
        &NONE
    }
}

#[test]
fn nothing_is_kept_of_a_request_that_is_over() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let tracer = Arc::new(MockTracer::new());
    let server = HttpServer::new(tracer.clone(), "x").trace_id_header("x-trace-id");
    let mut call = server.start(&Get);
    let none: Vec<(String, String)> = Vec::new();
    call.response(&ResponseView::new(200, &none));
    call.complete();
    drop((call, server));
    assert_eq!(tracer.finished().len(), 1);
    assert_eq!(Arc::strong_count(&tracer), 1, "a frame holds the settings");
}
