use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tracer_core::TracerExt;
use tracer_recording::{BatchReporter, RecordingTracer};

use crate::collector::{Collector, consistent};

fn reporter(collector: &Collector) -> BatchReporter {
    BatchReporter::builder(collector.exporter())
        .queue_spans(1_000_000)
        .queue_bytes(256 << 20)
        .close_timeout(Duration::from_secs(60))
        .build()
}

#[test]
fn a_close_under_load_answers_for_every_span() {
    let collector = Collector::default();
    let reporter = reporter(&collector);
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    let finished = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while reporter.counts().dropped_closed < 100 {
                    tracer.span("request").start().finish();
                    finished.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        collector.wait_until(|state| state.tries >= 3);
        assert_eq!(reporter.close(Duration::from_secs(60)), Ok(()));
    });
    let counts = consistent(reporter.counts());
    assert_eq!(counts.accepted, finished.load(Ordering::Relaxed));
    assert_eq!(
        (counts.queued, counts.dropped()),
        (0, counts.dropped_closed)
    );
    let state = collector.state();
    assert_eq!((state.taken.len() as u64, state.twice), (counts.sent, 0));
}

#[test]
fn the_last_of_several_tracers_closes_under_load() {
    let collector = Collector::default();
    let reporter = reporter(&collector);
    let tracer = Arc::new(RecordingTracer::builder("shop", reporter.clone()).build());
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let tracer = Arc::clone(&tracer);
            thread::spawn(move || {
                for _ in 0..5_000 {
                    tracer.span("request").start().finish();
                }
            })
        })
        .collect();
    drop(tracer);
    for thread in threads {
        thread.join().unwrap();
    }
    let counts = consistent(reporter.counts());
    assert_eq!((counts.sent, counts.dropped()), (15_000, 0));
    assert_eq!(collector.state().taken.len(), 15_000);
}

#[test]
fn a_close_with_a_collector_that_hangs_comes_back_in_time() {
    let collector = Collector::default();
    collector.set(|state| state.hangs = true);
    let reporter = reporter(&collector);
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    for _ in 0..600 {
        tracer.span("request").start().finish();
    }
    collector.wait_until(|state| state.tries == 1);
    let start = Instant::now();
    assert!(reporter.close(Duration::from_millis(200)).is_err());
    assert!(start.elapsed() < Duration::from_secs(20), "not for ever");
    let counts = consistent(reporter.counts());
    // Also what the worker has in hand, until somebody answers for it.
    assert_eq!((counts.queued, counts.dropped_closed), (0, 600));
    collector.set(|state| state.hangs = false);
    collector.wait_until(|state| state.taken.len() == 512);
    // Waits for the worker to end; what it says depends on how far it has come.
    let _ = reporter.close(Duration::from_secs(60));
    let counts = consistent(reporter.counts());
    assert_eq!((counts.sent, counts.dropped_closed), (512, 88));
}
