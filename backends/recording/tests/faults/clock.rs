use std::time::Duration;

use tracer_core::TracerExt;
use tracer_recording::{BatchReporter, ManualClock, RecordingTracer};

use crate::collector::{Collector, consistent};

#[test]
fn steps_of_the_wall_clock_neither_hold_batches_back_nor_lose_spans() {
    let collector = Collector::default();
    let reporter = BatchReporter::builder(collector.exporter())
        .interval(Duration::from_millis(5))
        .build();
    let clock = ManualClock::at(1_700_000_000_000_000_000);
    let tracer = RecordingTracer::builder("shop", reporter.clone())
        .clock(clock.clone())
        .build();
    for (round, wall) in [u64::MAX, 0, 1, 1_700_000_000_000_000_000, 5]
        .iter()
        .enumerate()
    {
        let open = tracer.span("request").start();
        clock.set_wall(*wall);
        open.finish();
        collector.wait_until(|state| state.taken.len() == round + 1);
    }
    reporter.flush(Duration::from_secs(60)).unwrap();
    assert_eq!(consistent(reporter.counts()).sent, 5);
}
