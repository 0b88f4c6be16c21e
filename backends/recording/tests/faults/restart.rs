use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tracer_core::TracerExt;
use tracer_recording::{BatchReporter, RecordingTracer};

use crate::collector::{Collector, consistent};

const MINUTE: Duration = Duration::from_secs(60);

fn load(tracer: &RecordingTracer, spans: usize) {
    for _ in 0..spans {
        tracer.span("request").start().finish();
    }
}

#[test]
fn a_collector_that_restarts_under_load_gets_what_was_queued_and_nothing_twice() {
    let collector = Collector::default();
    let reporter = BatchReporter::builder(collector.exporter())
        .queue_spans(100_000)
        .queue_bytes(64 << 20)
        .interval(Duration::from_millis(5))
        .build();
    let tracer = Arc::new(RecordingTracer::builder("shop", reporter.clone()).build());
    thread::scope(|scope| {
        let loads: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| load(&tracer, 15_000)))
            .collect();
        for _ in 0..5 {
            let seen = collector.state().tries;
            collector.set(|state| state.down = true);
            while collector.state().tries <= seen + 1 && reporter.counts().accepted < 45_000 {
                consistent(reporter.counts());
            }
            collector.set(|state| state.down = false);
            consistent(reporter.counts());
        }
        for load in loads {
            load.join().unwrap();
        }
    });
    reporter.flush(MINUTE).unwrap();
    let counts = consistent(reporter.counts());
    assert_eq!((counts.sent, counts.dropped()), (45_000, 0));
    let state = collector.state();
    assert_eq!((state.taken.len(), state.twice), (45_000, 0));
}

#[test]
fn lost_answers_and_rejections_are_counted_and_never_sent_again() {
    let collector = Collector::default();
    collector.set(|state| {
        state.silent_each = Some(5);
        state.rejects_each = Some(7);
    });
    let reporter = BatchReporter::builder(collector.exporter())
        .batch_spans(100)
        .queue_spans(50_000)
        .build();
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    load(&tracer, 20_000);
    let _ = reporter.flush(MINUTE);
    let counts = consistent(reporter.counts());
    let state = collector.state();
    assert_eq!((counts.queued, state.twice), (0, 0));
    assert!(counts.dropped_rejected > 0);
    assert_eq!(counts.dropped(), counts.dropped_rejected);
    assert!(
        state.taken.len() as u64 >= counts.sent,
        "some answers were lost"
    );
}

#[test]
fn a_long_outage_fills_the_queue_and_spans_flow_within_ten_seconds_after_it() {
    let collector = Collector::default();
    collector.set(|state| state.down = true);
    let reporter = BatchReporter::builder(collector.exporter())
        .queue_spans(2_000)
        .build();
    let tracer = RecordingTracer::builder("shop", reporter.clone()).build();
    load(&tracer, 10_000);
    collector.wait_until(|state| state.tries >= 3);
    let counts = consistent(reporter.counts());
    assert_eq!((counts.queued, counts.dropped_queue_full), (2_000, 8_000));
    collector.set(|state| state.down = false);
    let start = Instant::now();
    collector.wait_until(|state| !state.taken.is_empty());
    assert!(start.elapsed() < Duration::from_secs(10));
    reporter.flush(MINUTE).unwrap();
    assert_eq!(collector.state().taken.len(), 2_000);
}
