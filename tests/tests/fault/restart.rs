//! A collector that restarts in the middle of the load.

use std::time::{Duration, Instant};

use crate::case::run;
use crate::collector::Mode;

#[test]
fn a_collector_that_restarts_under_load_gets_what_was_queued() {
    let mut next = Instant::now() + Duration::from_millis(150);
    let counts = run("restarting", Some(Mode::Well), |collector| {
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
