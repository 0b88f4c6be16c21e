//! Who notices that a batch is full, under a clock that stands still.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::support::{Rig, SECOND, retry};
use crate::batch::queue::Wish;

const MILLI: Duration = Duration::from_millis(1);

#[test]
fn while_batches_fill_one_after_the_other_the_worker_looks_by_itself() {
    let mut rig = Rig::new(|set| set);
    let woken_for = |wish: Option<Wish>, now: &Mutex<Instant>| {
        let wish = wish.unwrap();
        let pause = wish.until.map(|until| until - *now.lock().unwrap());
        (wish.spans, wish.bytes, pause)
    };
    let interval = |left| (512, 250_000, Some(SECOND - left * MILLI));
    let look = (10_000 / 8, 4 * 250_000, Some(10 * MILLI));
    rig.report_many(512);
    assert_eq!(woken_for(rig.turn(), &rig.now), interval(0));
    // Two within 20 ms.
    rig.report_many(512);
    let wish = rig.turn_after(20 * MILLI);
    assert_eq!(woken_for(wish, &rig.now), look);
    // A look that finds nothing, or a flush, changes nothing.
    assert_eq!(woken_for(rig.turn(), &rig.now), look);
    rig.report_many(512);
    let wish = rig.turn_after(19 * MILLI);
    assert_eq!(woken_for(wish, &rig.now), look);
    assert_eq!(rig.script.sizes(), [512, 512, 512]);
    // What is full by then is the last for a while.
    let wish = rig.turn_after(20 * MILLI);
    assert_eq!(woken_for(wish, &rig.now), interval(59));
    rig.report_many(512);
    let wish = rig.turn_after(MILLI);
    assert_eq!(woken_for(wish, &rig.now), interval(60));
}

#[test]
fn the_worker_is_woken_before_the_queue_is_full_however_it_looks() {
    let mut rig = Rig::new(|set| set.queue_spans(1_500).queue_bytes(600_000));
    for _ in 0..2 {
        rig.report_many(512);
        rig.turn();
    }
    let wish = rig.turn().unwrap();
    assert_eq!((wish.spans, wish.bytes), (512, 75_000));
    let mut rig = Rig::new(|set| set.queue_spans(600));
    for _ in 0..2 {
        rig.report_many(512);
        rig.turn();
    }
    assert_eq!(rig.turn().unwrap().spans, 301);
    let mut rig = Rig::new(|set| set.queue_spans(1_000_000));
    for _ in 0..2 {
        rig.report_many(512);
        rig.turn();
    }
    assert_eq!(rig.turn().unwrap().spans, 4 * 512);
}

#[test]
fn a_batch_that_is_tried_again_is_not_one_more_that_was_full() {
    // Pauses of 10 and 20 ms.
    let mut rig = Rig::new(|set| set.random(|| 0.1));
    rig.script.answer([retry(), retry()]);
    rig.report_many(1);
    for pause in [0, 1_000, 10, 20] {
        rig.turn_after(pause * MILLI);
    }
    assert_eq!(rig.script.sizes(), [1, 1, 1]);
    rig.report_many(1);
    assert_eq!(rig.turn().unwrap().spans, 512);
}

#[test]
fn the_end_of_the_interval_comes_before_the_next_look() {
    let mut rig = Rig::new(|set| set.interval(5 * MILLI));
    for _ in 0..2 {
        rig.report_many(512);
        rig.turn();
    }
    let until = rig.turn().and_then(|wish| wish.until);
    assert_eq!(until, Some(*rig.now.lock().unwrap() + 5 * MILLI));
}
