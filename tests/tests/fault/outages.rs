//! Collectors that are away, or slow, or break off.

use std::time::Duration;

use crate::case::{run, run_with};
use crate::collector::Mode;

#[test]
fn a_collector_that_is_well_gets_everything() {
    // The usual queue: also when the machine stands still for a moment, it holds everything.
    let counts = run_with("well", Some(Mode::Well), "10000", |_| {});
    assert_eq!(counts.sent, counts.accepted, "{counts:?}");
}

#[test]
fn a_collector_that_is_down_costs_what_the_queue_cannot_hold() {
    let counts = run("down", None);
    assert!(counts.retries > 0, "{counts:?}");
    assert_eq!(counts.dropped_rejected, 0, "{counts:?}");
    assert_eq!(counts.sent + counts.dropped_queue_full, counts.accepted);
}

#[test]
fn a_slow_collector_costs_what_the_queue_cannot_hold() {
    let slow = Mode::Slow(Duration::from_millis(150));
    let counts = run("slow (150 ms)", Some(slow));
    assert_eq!(counts.dropped_rejected, 0, "{counts:?}");
    assert_eq!(counts.sent + counts.dropped_queue_full, counts.accepted);
}

#[test]
fn an_answer_that_does_not_come_costs_its_list_and_nothing_is_sent_twice() {
    for (name, mode) in [("hanging", Mode::Hangs), ("trickling", Mode::Trickles)] {
        let counts = run(name, Some(mode));
        assert!(counts.dropped_rejected > 0, "{name}: {counts:?}");
        assert_eq!(counts.retries, 0, "{name}: {counts:?}");
    }
}

#[test]
fn a_connection_that_breaks_is_tried_again_only_if_the_list_was_not_whole() {
    for (name, mode) in [
        ("resetting", Mode::Resets),
        ("closing early", Mode::ClosesEarly),
    ] {
        let counts = run(name, Some(mode));
        assert!(
            counts.dropped_rejected + counts.retries > 0,
            "{name}: {counts:?}"
        );
    }
}
