//! Batches of which the receiver took a part.

use std::time::Duration;

use super::support::{Rig, SECOND, rejected, retry, too_large};
use crate::export::{Arrived, Delivery};

/// Five spans, of which three arrive, in 30 bytes.
fn rig(answers: impl IntoIterator<Item = Delivery>) -> Rig {
    let rig = Rig::new(|set| set.batch_spans(5));
    rig.script.answer(answers);
    rig.script.said().arrived = Arrived {
        spans: 3,
        bytes: 30,
    };
    rig.report_many(5);
    rig
}

#[test]
fn only_what_did_not_arrive_is_lost() {
    let mut rig = rig([rejected()]);
    rig.turn();
    let counts = rig.counts();
    assert_eq!((counts.sent, counts.dropped_rejected), (3, 2));
    assert_eq!((counts.batches, counts.bytes), (1, 30));
    assert_eq!(counts.queued, 0);
    rig.script.answer([rejected()]);
    rig.report_many(5);
    rig.turn();
    let counts = rig.counts();
    assert_eq!((counts.sent, counts.dropped_rejected), (3, 7), "its own");
    assert_eq!(counts.batches, 1);
}

#[test]
fn the_rest_may_have_been_too_large() {
    let mut rig = rig([too_large()]);
    rig.turn();
    let counts = rig.counts();
    assert_eq!((counts.sent, counts.dropped_too_large), (3, 2));
}

#[test]
fn what_is_tried_again_is_counted_once() {
    let mut rig = rig([retry()]);
    rig.turn();
    assert_eq!((rig.counts().sent, rig.counts().queued), (0, 5));
    rig.turn_after(SECOND);
    let counts = rig.counts();
    assert_eq!((counts.sent, counts.bytes), (5, 50));
}

#[test]
fn what_has_arrived_is_not_lost_at_the_close() {
    let mut rig = rig([retry()]);
    let deadline = *rig.now.lock().unwrap() + Duration::from_millis(10);
    rig.queue.wake();
    rig.queue.begin_to_close(deadline);
    assert!(rig.turn().is_none());
    let counts = rig.counts();
    assert_eq!((counts.sent, counts.dropped_closed), (3, 2));
    assert_eq!((counts.batches, counts.bytes), (1, 30));
}

#[test]
fn more_than_the_batch_cannot_arrive() {
    let mut rig = rig([rejected()]);
    rig.script.said().arrived.spans = 9;
    rig.turn();
    let counts = rig.counts();
    assert_eq!((counts.sent, counts.dropped()), (5, 0));
}
