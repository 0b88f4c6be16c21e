//! What the worker does, under a clock that stands still.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::support::{Rig, SECOND, rejected, retry, retry_after, sized, too_large};
use crate::batch::queue::After;
use crate::export::Delivery;
use crate::testing::SpanBuilder;

const MILLI: Duration = Duration::from_millis(1);

#[test]
fn a_batch_is_sent_when_it_has_its_spans() {
    let mut rig = Rig::new(|set| set);
    rig.report_many(1200);
    rig.turn();
    assert_eq!(rig.script.sizes(), [512, 512]);
    assert_eq!(rig.counts().queued, 176);
}

#[test]
fn a_batch_is_sent_when_it_has_its_bytes() {
    let mut rig = Rig::new(|set| set.batch_bytes(1000));
    for name in ["a", "b", "c", "d", "e", "f", "g"] {
        rig.report(&sized(name, 400));
    }
    rig.turn();
    assert_eq!(rig.script.tries(), [["a", "b"], ["c", "d"]]);
    rig.turn_after(SECOND);
    assert_eq!(rig.script.tries()[2..], [vec!["e", "f"], vec!["g"]]);
    assert_eq!(rig.counts().bytes, 2800);
}

#[test]
fn a_batch_is_sent_when_it_is_a_second_old() {
    let mut rig = Rig::new(|set| set);
    rig.report_many(1);
    let wish = rig.turn().unwrap();
    assert_eq!(wish.until, Some(*rig.now.lock().unwrap() + SECOND));
    rig.turn_after(500 * MILLI);
    rig.report_many(1);
    rig.turn_after(499 * MILLI);
    assert!(rig.script.sizes().is_empty());
    rig.turn_after(MILLI);
    assert_eq!(rig.script.sizes(), [2]);
    assert_eq!(rig.counts().batches, 1);
}

#[test]
fn a_quiet_process_wakes_nobody_and_the_first_span_wakes_the_worker() {
    let mut rig = Rig::new(|set| set);
    rig.report_many(1);
    rig.turn();
    rig.turn_after(SECOND);
    let idle = rig.turn_after(SECOND).unwrap();
    assert_eq!((idle.until, idle.spans), (None, 1));
}

#[test]
fn request_threads_wake_the_worker_once_for_a_batch() {
    let rig = Rig::new(|set| set);
    let wakes = (0..2000)
        .filter(|_| rig.report(&SpanBuilder::new("a")) == After::Wake)
        .count();
    assert_eq!(wakes, 1);
}

#[test]
fn one_span_above_the_limit_is_dropped_and_the_others_are_sent() {
    let mut rig = Rig::new(|set| set.batch_bytes(1000));
    for (name, size) in [("a", 10), ("huge", 1001), ("b", 10), ("fits", 1000)] {
        rig.report(&sized(name, size));
    }
    rig.turn();
    rig.turn_after(SECOND);
    assert_eq!(rig.script.said().delivered, ["a", "b", "fits"]);
    assert_eq!(rig.counts().dropped_too_large, 1);
    assert_eq!(rig.counts().queued, 0);
}

#[test]
fn the_newest_span_is_dropped_when_the_queue_is_full_of_spans() {
    let mut rig = Rig::new(|set| set.queue_spans(3));
    rig.report_named(&["a", "b", "c", "d"]);
    assert_eq!(rig.counts().dropped_queue_full, 1);
    rig.turn();
    rig.turn_after(SECOND);
    assert_eq!(rig.script.said().delivered, ["a", "b", "c"]);
    rig.report_named(&["e"]);
    assert_eq!(rig.counts().dropped_queue_full, 1);
}

#[test]
fn the_newest_span_is_dropped_when_the_queue_is_full_of_bytes_the_batch_in_hand_included() {
    let mut rig = Rig::new(|set| set.queue_bytes(100_000).batch_spans(10_000));
    rig.script.answer([retry()]);
    let payload = "x".repeat(900);
    let span = SpanBuilder::new("a").tag("payload", payload.as_str());
    let report = |rig: &Rig| (0..1000).for_each(|_| _ = rig.report(&span));
    report(&rig);
    let about_full = 75..=105;
    assert!(about_full.contains(&rig.counts().queued));
    rig.turn();
    assert_eq!(rig.counts().retries, 1);
    report(&rig);
    let queued = rig.counts().queued;
    assert!(about_full.contains(&queued), "{queued}");
    assert_eq!(rig.counts().dropped_queue_full, 2000 - queued);
    rig.turn_after(SECOND);
    rig.turn_after(SECOND);
    assert_eq!(rig.counts().sent, queued);
}

#[test]
fn a_span_that_the_queue_could_never_hold_is_too_large() {
    let rig = Rig::new(|set| set.queue_bytes(1000));
    rig.report(&SpanBuilder::new("a").tag("payload", "x".repeat(1000).as_str()));
    assert_eq!(rig.counts().dropped_too_large, 1);
}

#[test]
fn a_retry_keeps_the_batch_and_the_order() {
    let mut rig = Rig::new(|set| set.batch_spans(2));
    rig.script.answer([retry(), retry()]);
    rig.report_named(&["a", "b", "c"]);
    rig.turn();
    rig.report_named(&["d"]);
    rig.turn_after(99 * MILLI);
    assert_eq!(rig.script.tries(), [["a", "b"]]);
    rig.turn_after(MILLI);
    rig.turn_after(199 * MILLI);
    assert_eq!(rig.script.tries(), [["a", "b"], ["a", "b"]]);
    rig.turn_after(MILLI);
    assert_eq!(rig.script.said().delivered, ["a", "b", "c", "d"]);
    assert_eq!((rig.counts().retries, rig.counts().dropped()), (2, 0));
}

#[test]
fn the_pause_grows_to_5_s_and_a_success_resets_it() {
    let mut rig = Rig::new(|set| set.batch_spans(1));
    rig.script.answer((0..8).map(|_| retry()));
    rig.report_many(1);
    let mut pauses = vec![];
    for _ in 0..8 {
        let until = rig.turn().and_then(|wish| wish.until).unwrap();
        let pause = until - *rig.now.lock().unwrap();
        pauses.push(pause.as_millis());
        *rig.now.lock().unwrap() = until;
    }
    assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    rig.turn();
    assert_eq!(rig.counts().sent, 1);
    rig.script.answer([retry()]);
    rig.report_many(1);
    let until = rig.turn().and_then(|wish| wish.until).unwrap();
    assert_eq!(until - *rig.now.lock().unwrap(), 100 * MILLI);
}

#[test]
fn the_receiver_may_ask_for_up_to_30_s_and_a_flush_does_not_shorten_that() {
    let mut rig = Rig::new(|set| set.batch_spans(1));
    rig.script.answer([retry_after(Some(3600))]);
    rig.report_many(1);
    rig.turn();
    let _ = rig.queue.flush(Duration::ZERO);
    rig.turn_after(29 * SECOND);
    assert_eq!(rig.script.sizes(), [1]);
    rig.turn_after(SECOND);
    assert_eq!(rig.counts().sent, 1);
}

#[test]
fn a_flush_cuts_the_reporters_own_pause_short_once() {
    let mut rig = Rig::new(|set| set.batch_spans(1));
    rig.script.answer([retry(), retry()]);
    rig.report_many(1);
    rig.turn();
    let _ = rig.queue.flush(Duration::ZERO);
    rig.turn();
    rig.turn();
    assert_eq!(rig.script.sizes(), [1, 1]);
}

#[test]
fn a_close_begins_with_short_pauses_again() {
    let mut rig = Rig::new(|set| set.batch_spans(1));
    rig.script.answer((0..12).map(|_| retry()));
    rig.report_many(1);
    rig.queue.wake();
    for _ in 0..8 {
        let until = rig.turn().and_then(|wish| wish.until).unwrap();
        *rig.now.lock().unwrap() = until;
    }
    let start = *rig.now.lock().unwrap();
    rig.queue.begin_to_close(start + 2 * SECOND);
    for after in [0, 100, 200, 400, 800] {
        let wish = rig.turn_after(after * MILLI);
        assert_eq!(wish.is_none(), after == 800, "after {after} ms");
    }
    assert_eq!(rig.script.sizes().len(), 8 + 5);
    assert_eq!(rig.counts().sent, 1);
}

#[test]
fn a_rejected_batch_is_dropped_and_the_next_one_sent() {
    let mut rig = Rig::new(|set| set.batch_spans(2));
    rig.script.answer([rejected()]);
    rig.report_named(&["a", "b", "c", "d"]);
    rig.turn();
    assert_eq!(rig.script.tries(), [["a", "b"], ["c", "d"]]);
    assert_eq!((rig.counts().dropped_rejected, rig.counts().sent), (2, 2));
}

#[test]
fn too_large_halves_the_limit_of_later_batches() {
    let mut rig = Rig::new(|set| set.batch_bytes(16_000));
    rig.script.answer([too_large()]);
    for _ in 0..20 {
        rig.report(&sized("a", 2000));
    }
    rig.turn();
    rig.turn_after(SECOND);
    assert_eq!(rig.script.sizes(), [8, 4, 4, 4]);
    assert_eq!((rig.counts().dropped_too_large, rig.counts().sent), (8, 12));
    rig.report(&sized("alone", 16_000));
    rig.turn();
    rig.turn_after(SECOND);
    assert_eq!(
        rig.counts().sent,
        13,
        "a span within the limit as set is tried"
    );
}

#[test]
fn a_receiver_that_was_repaired_gets_large_batches_again() {
    let mut rig = Rig::new(|set| set.batch_bytes(16_000));
    // Compressed, batches are smaller than what their limit is about.
    let sent = || Delivery::Sent { bytes: 1 };
    rig.script.answer([too_large(), sent(), sent(), sent()]);
    let report = |rig: &Rig| (0..20).for_each(|_| _ = rig.report(&sized("a", 2000)));
    report(&rig);
    rig.turn();
    rig.turn_after(SECOND);
    // Of one span that is above the limit nothing is learned about batches.
    rig.script.answer([too_large()]);
    rig.report(&sized("alone", 9000));
    rig.turn();
    rig.turn_after(SECOND);
    report(&rig);
    rig.script.answer((0..3).map(|_| sent()));
    rig.turn();
    rig.turn_after(10 * SECOND);
    assert_eq!(rig.script.sizes(), [8, 4, 4, 4, 1, 4, 8, 8]);
    assert_eq!(rig.counts().dropped_too_large, 9);
}

#[test]
fn the_limit_is_not_halved_for_ever() {
    let mut rig = Rig::new(|set| set.batch_bytes(16_000).batch_spans(10));
    rig.script.answer((0..40).map(|_| too_large()));
    rig.report_many(400);
    rig.turn();
    rig.report_many(10);
    rig.turn();
    assert_eq!(
        (rig.counts().dropped_too_large, rig.counts().sent),
        (400, 10)
    );
}

#[test]
fn an_upload_gets_10_s_and_at_close_what_is_left() {
    let mut rig = Rig::new(|set| set.batch_spans(2));
    rig.report_many(3);
    rig.turn();
    let deadline = *rig.now.lock().unwrap() + 3 * SECOND;
    rig.queue.wake();
    rig.queue.begin_to_close(deadline);
    assert!(rig.turn().is_none());
    assert_eq!(rig.script.said().timeouts, [10 * SECOND, 3 * SECOND]);
    assert_eq!(rig.counts().sent, 3);
}

#[test]
fn what_cannot_be_sent_before_the_close_is_counted() {
    let mut rig = Rig::new(|set| set.batch_spans(2));
    rig.script.answer((0..9).map(|_| retry()));
    rig.report_many(5);
    rig.queue.wake();
    let start = *rig.now.lock().unwrap();
    rig.queue.begin_to_close(start + 500 * MILLI);
    assert_eq!(rig.turn().unwrap().until, Some(start + 100 * MILLI));
    rig.turn_after(100 * MILLI);
    let wish = rig.turn_after(200 * MILLI).unwrap();
    assert_eq!(
        wish.until,
        Some(start + 400 * MILLI),
        "there is time for one more"
    );
    assert!(rig.turn_after(100 * MILLI).is_none());
    assert_eq!(rig.script.sizes(), [2, 2, 2, 2]);
    assert_eq!(rig.counts().dropped_closed, 5);
    assert_eq!(rig.report(&SpanBuilder::new("late")), After::Late);
    assert_eq!(rig.counts().dropped_closed, 6);
}

#[test]
fn a_panic_loses_the_batch_and_no_other() {
    let mut rig = Rig::new(|set| set.batch_spans(2));
    rig.script.said().panics = true;
    rig.report_named(&["a", "panic", "b", "send", "c", "d"]);
    rig.turn();
    rig.turn_after(SECOND);
    assert_eq!(rig.script.said().delivered, ["c", "d"]);
    assert_eq!(rig.counts().dropped_rejected, 4);
}

#[test]
fn the_callback_sees_every_change_and_none_after_its_panic() {
    let seen = Arc::new(Mutex::new(vec![]));
    let there = Arc::clone(&seen);
    let mut rig = Rig::new(|set| {
        set.batch_spans(1).on_counts(move |counts| {
            let mut seen = there.lock().unwrap_or_else(|seen| seen.into_inner());
            seen.push((counts.sent, counts.dropped()));
            assert!(counts.sent < 2);
        })
    });
    rig.script.answer([rejected()]);
    rig.report_many(2);
    rig.turn();
    rig.turn_after(SECOND);
    let so_far = || seen.lock().unwrap_or_else(|seen| seen.into_inner()).clone();
    assert_eq!(so_far(), [(0, 1), (1, 1)]);
    rig.report_many(2);
    rig.turn();
    assert_eq!(so_far(), [(0, 1), (1, 1), (2, 1)]);
    assert_eq!(rig.counts().sent, 3);
}
