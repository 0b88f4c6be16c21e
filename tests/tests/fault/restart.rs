//! A collector that restarts in the middle of the load.

use std::time::{Duration, Instant};

use crate::case::{SMALL_QUEUE, run_with};
use crate::collector::Mode;

#[test]
fn a_collector_that_restarts_under_load_gets_what_was_queued() {
    let mut next = Instant::now() + Duration::from_millis(150);
    let counts = run_with("restarting", Some(Mode::Well), SMALL_QUEUE, |collector| {
        if Instant::now() < next {
            return;
        }
        next = Instant::now() + Duration::from_millis(150);
        if collector.state.is_down() {
            collector.restart();
        } else {
            collector.stop();
        }
    });
    assert!(counts.sent > 0, "{counts:?}");
}
