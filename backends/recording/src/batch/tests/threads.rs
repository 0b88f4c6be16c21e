//! The reporter with its thread.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tracer_core::{FlushError, TracerExt};

use super::support::{SECOND, Script, rejected, retry};
use crate::batch::{BatchBuilder, BatchCounts, BatchReporter};
use crate::reporter::Reporter;
use crate::testing::SpanBuilder;
use crate::tracer::RecordingTracer;

/// Nothing is sent because of its age.
fn builder() -> (BatchBuilder, Script) {
    let script = Script::default();
    let builder = BatchReporter::builder(script.clone()).interval(3600 * SECOND);
    (builder, script)
}

fn report(to: &BatchReporter, name: &str) {
    to.report(&SpanBuilder::new(name).view());
}

fn consistent(counts: BatchCounts) -> BatchCounts {
    let known = counts.sent + counts.dropped() + counts.queued;
    assert_eq!(counts.accepted, known, "{counts:?}");
    counts
}

#[test]
fn a_flush_returns_when_everything_before_it_is_sent() {
    let (builder, script) = builder();
    let reporter = builder.build();
    assert_eq!(reporter.flush(SECOND), Ok(()), "nothing to do");
    for name in ["a", "b", "c"] {
        report(&reporter, name);
    }
    assert_eq!(reporter.flush(30 * SECOND), Ok(()));
    assert_eq!(script.said().delivered, ["a", "b", "c"]);
    assert_eq!(reporter.counts().sent, 3);
}

#[test]
fn a_flush_says_what_was_lost_and_when_its_time_was_up() {
    let (builder, script) = builder();
    let reporter = builder.build();
    script.answer([rejected()]);
    report(&reporter, "a");
    assert_eq!(reporter.flush(30 * SECOND), Err(FlushError::lost(1)));
    script.hang(true);
    report(&reporter, "b");
    let late = reporter.flush(Duration::from_millis(5));
    assert_eq!(late, Err(FlushError::timeout()));
    script.hang(false);
    assert_eq!(reporter.flush(30 * SECOND), Ok(()));
}

#[test]
fn a_span_is_sent_without_a_flush() {
    let script = Script::default();
    let reporter = BatchReporter::builder(script.clone())
        .interval(Duration::from_millis(2))
        .build();
    for name in ["a", "b"] {
        report(&reporter, name);
        script.wait_until(|said| said.delivered.last().is_some_and(|last| last == name));
    }
}

#[test]
fn a_full_batch_is_sent_at_once() {
    let (builder, script) = builder();
    let reporter = builder.build();
    for round in 1..=3 {
        (0..512).for_each(|_| report(&reporter, "a"));
        script.wait_until(|said| said.delivered.len() == 512 * round);
    }
}

#[test]
fn a_flush_works_under_any_runtime_or_none() {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let (builder, script) = builder();
    let reporter = builder.build();
    report(&reporter, "a");
    let mut flush = pin!(reporter.flush_async(30 * SECOND));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let outcome = loop {
        match flush.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => break outcome,
            Poll::Pending => thread::park_timeout(30 * SECOND),
        }
    };
    assert_eq!(outcome, Ok(()));
    assert_eq!(script.said().delivered, ["a"]);
}

#[test]
fn close_drains_the_queue_and_later_spans_are_counted() {
    let (builder, script) = builder();
    let reporter = builder.batch_spans(2).build();
    for name in ["a", "b", "c"] {
        report(&reporter, name);
    }
    assert_eq!(reporter.close(30 * SECOND), Ok(()));
    report(&reporter, "late");
    assert_eq!(script.said().delivered, ["a", "b", "c"]);
    assert_eq!(consistent(reporter.counts()).dropped_closed, 1);
    assert_eq!(reporter.close(SECOND), Ok(()), "again");
    assert_eq!(reporter.flush(SECOND), Ok(()));
}

#[test]
fn close_gives_up_a_receiver_that_is_away() {
    let (builder, script) = builder();
    let reporter = builder.build();
    script.answer((0..1000).map(|_| retry()));
    report(&reporter, "a");
    assert!(reporter.close(Duration::from_millis(100)).is_err());
    // At the deadline the last try may still be under way.
    let start = Instant::now();
    while reporter.counts().queued > 0 && start.elapsed() < 30 * SECOND {
        thread::yield_now();
    }
    assert_eq!(consistent(reporter.counts()).dropped_closed, 1);
}

#[test]
fn a_hanging_exporter_leaves_report_fast_and_memory_flat_and_close_in_time() {
    let (builder, script) = builder();
    let reporter = builder.queue_spans(2000).build();
    script.hang(true);
    (0..512).for_each(|_| report(&reporter, "a"));
    script.wait_until(|said| said.tries.len() == 1);
    let start = Instant::now();
    (0..100_000).for_each(|_| report(&reporter, "a"));
    assert!(start.elapsed() < 20 * SECOND, "it does not wait");
    let counts = consistent(reporter.counts());
    assert_eq!((counts.queued, counts.dropped_queue_full), (2000, 98_512));
    for _ in 0..2 {
        let late = reporter.close(Duration::from_millis(5));
        assert_eq!(late, Err(FlushError::timeout()));
    }
    let counts = consistent(reporter.counts());
    assert_eq!((counts.queued, counts.dropped_closed), (0, 2000));
    // It comes back after all.
    script.hang(false);
    assert_eq!(reporter.close(30 * SECOND), Ok(()));
    let counts = consistent(reporter.counts());
    assert_eq!((counts.sent, counts.dropped_closed), (512, 1488));
}

#[test]
fn nobody_waits_again_for_an_exporter_that_hung_at_the_close() {
    let (builder, script) = builder();
    let reporter = builder.close_timeout(30 * SECOND).build();
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    script.hang(true);
    (0..512).for_each(|_| report(&reporter, "a"));
    script.wait_until(|said| said.tries.len() == 1);
    assert!(reporter.close(Duration::from_millis(5)).is_err());
    let start = Instant::now();
    drop(tracer);
    drop(reporter);
    assert!(start.elapsed() < 20 * SECOND);
    script.hang(false);
}

#[test]
fn counts_are_consistent_under_load_from_several_threads() {
    let (builder, script) = builder();
    let reporter = builder
        .queue_spans(2000)
        .batch_spans(100)
        .random(|| 0.0)
        .build();
    script.answer((0..200).map(|n| if n % 3 == 0 { rejected() } else { retry() }));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut snapshots = 0;
            while !stop.load(Ordering::Relaxed) || snapshots == 0 {
                consistent(reporter.counts());
                snapshots += 1;
            }
        });
        let loads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..5000).for_each(|_| report(&reporter, "a"))))
            .collect();
        for load in loads {
            load.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
    });
    let _ = reporter.close(30 * SECOND);
    let counts = consistent(reporter.counts());
    assert_eq!((counts.accepted, counts.queued), (20_000, 0));
    assert_eq!(counts.sent, script.said().delivered.len() as u64);
}

#[test]
fn the_last_tracer_closes_it() {
    let (builder, script) = builder();
    let reporter = builder.build();
    let tracers = [(), ()].map(|()| RecordingTracer::builder("shop", reporter.clone()).build());
    let [first, second] = tracers;
    first.span("a").start().finish();
    drop(first);
    second.span("b").start().finish();
    let open = second.span("c").start();
    assert_eq!(reporter.counts().sent, 0, "still open");
    drop(second);
    assert_eq!(script.said().delivered, ["a", "b"]);
    open.finish();
    assert_eq!(consistent(reporter.counts()).dropped_closed, 1);
}

#[test]
fn the_last_handle_closes_it() {
    let (builder, script) = builder();
    let reporter = builder.build();
    report(&reporter, "a");
    let other = reporter.clone();
    drop(reporter);
    report(&other, "b");
    drop(other);
    assert_eq!(script.said().delivered, ["a", "b"]);
}

#[test]
fn the_thread_starts_with_the_first_span_and_a_failure_to_start_is_no_failure_to_report() {
    let (builder, script) = builder();
    let (tries, fails) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(true)),
    );
    let (counted, failing) = (Arc::clone(&tries), Arc::clone(&fails));
    let reporter = builder
        .spawn(move |work| {
            counted.fetch_add(1, Ordering::Relaxed);
            if failing.load(Ordering::Relaxed) {
                return Err(io::Error::other("no more threads"));
            }
            thread::Builder::new().spawn(work).map(drop)
        })
        .build();
    assert_eq!(tries.load(Ordering::Relaxed), 0);
    (0..1000).for_each(|_| report(&reporter, "a"));
    let tried = tries.load(Ordering::Relaxed);
    assert!((2..=12).contains(&tried), "{tried} tries");
    assert_eq!(consistent(reporter.counts()).queued, 1000);
    fails.store(false, Ordering::Relaxed);
    assert_eq!(reporter.flush(30 * SECOND), Ok(()));
    assert_eq!(script.said().delivered.len(), 1000);
}

#[test]
fn a_close_tries_once_more_to_start_the_thread() {
    let closes: [fn(BatchReporter); 3] = [
        |reporter| assert_eq!(reporter.close(30 * SECOND), Ok(())),
        |reporter| drop(RecordingTracer::builder("shop", reporter.clone()).build()),
        drop,
    ];
    for close in closes {
        let (builder, script) = builder();
        let fails = AtomicBool::new(true);
        let builder = builder.spawn(move |work| {
            if fails.swap(false, Ordering::Relaxed) {
                return Err(io::Error::other("no more threads"));
            }
            thread::Builder::new().spawn(work).map(drop)
        });
        let reporter = builder.build();
        report(&reporter, "a");
        close(reporter);
        assert_eq!(script.said().delivered, ["a"]);
    }
}

#[test]
fn without_a_thread_close_counts_what_is_queued() {
    let (builder, _) = builder();
    let reporter = builder.spawn(|_| Err(io::Error::other("no"))).build();
    report(&reporter, "a");
    assert_eq!(reporter.close(30 * SECOND), Err(FlushError::lost(1)));
    assert_eq!(consistent(reporter.counts()).dropped_closed, 1);
}

#[test]
fn a_waiting_flush_and_a_report_do_not_hold_each_other_up() {
    let (builder, script) = builder();
    let reporter = builder.build();
    script.hang(true);
    report(&reporter, "a");
    let (there, done) = (reporter.clone(), mpsc::channel());
    let flushing = thread::spawn(move || done.0.send(there.flush(30 * SECOND)).unwrap());
    script.wait_until(|said| !said.tries.is_empty());
    report(&reporter, "b");
    script.hang(false);
    assert_eq!(done.1.recv_timeout(30 * SECOND), Ok(Ok(())));
    flushing.join().unwrap();
    assert_eq!(script.said().delivered, ["a"], "what came later may wait");
}
