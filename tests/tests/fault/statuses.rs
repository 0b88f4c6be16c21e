//! Collectors that say no.

use crate::case::run;
use crate::collector::Mode;

#[test]
fn final_statuses_cost_their_lists_and_are_not_tried_again() {
    for (name, status) in [("400", 400), ("404", 404), ("500", 500)] {
        let counts = run(name, Some(Mode::Status(status, "")));
        assert!(counts.dropped_rejected > 0, "{name}: {counts:?}");
        assert_eq!(counts.retries, 0, "{name}: {counts:?}");
    }
}

#[test]
fn too_large_costs_its_list() {
    let counts = run("413", Some(Mode::Status(413, "")));
    assert!(counts.dropped_too_large > 0, "{counts:?}");
    assert_eq!(counts.retries, 0, "{counts:?}");
}

#[test]
fn busy_statuses_cost_what_the_queue_cannot_hold() {
    for (name, status, header) in [
        ("429", 429, ""),
        ("503", 503, ""),
        ("503, Retry-After: 2", 503, "retry-after: 2\r\n"),
    ] {
        let counts = run(name, Some(Mode::Status(status, header)));
        assert!(counts.retries > 0, "{name}: {counts:?}");
        assert_eq!(counts.dropped_rejected, 0, "{name}: {counts:?}");
        assert!(counts.dropped_queue_full > 0, "{name}: {counts:?}");
    }
}
