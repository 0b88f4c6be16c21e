use std::cell::Cell;
use std::sync::{Arc, mpsc};
use std::thread;

use super::*;
use crate::batch::chunks::Chunk;
use crate::batch::open::Taken;
use crate::batch::queue::duty::Fate;
use crate::message::Draft;
use crate::testing::SpanBuilder;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

fn queue(queue_spans: u64) -> Queue {
    Queue::new(&Size {
        queue_spans,
        queue_bytes: 10 << 20,
        batch_spans: 512,
        batch_bytes: 500_000,
    })
}

fn push(queue: &Queue) -> After {
    queue.push(&Draft::of(&SpanBuilder::new("a").view()))
}

fn push_from_another_thread(queue: &Queue) -> After {
    thread::scope(|scope| scope.spawn(|| push(queue)).join().unwrap())
}

fn consistent(queue: &Queue) -> BatchCounts {
    let counts = queue.counts();
    let known = counts.sent + counts.dropped() + counts.queued;
    assert_eq!(counts.accepted, known, "{counts:?}");
    counts
}

#[test]
fn the_first_span_wakes_and_the_next_ones_do_not_from_whatever_thread() {
    let queue = queue(10_000);
    assert_eq!(push(&queue), After::Wake);
    assert_eq!(push(&queue), After::Nothing);
    assert_eq!(push_from_another_thread(&queue), After::Nothing);
    // The worker has taken everything and sleeps again.
    queue.harvest();
    let orders = queue.orders();
    assert_eq!(orders.entered, 3);
    queue.lock().wish = Wish::FIRST;
    assert_eq!(push_from_another_thread(&queue), After::Wake);
}

#[test]
fn a_worker_that_would_sleep_for_ever_does_not_while_a_thread_writes() {
    let queue = queue(10_000);
    assert_eq!(push(&queue), After::Wake);
    assert!(!queue.orders().idle);
    queue.wait(Wish::FIRST, 0);
}

#[test]
fn full_parts_make_a_full_batch_and_wake_for_it() {
    let queue = queue(10_000);
    push(&queue);
    queue.lock().wish = Wish {
        spans: 512,
        ..Wish::at(None)
    };
    let wakes: Vec<_> = (2..=2000).filter(|_| push(&queue) == After::Wake).collect();
    assert_eq!(wakes, [512]);
}

#[test]
fn spans_of_all_threads_are_counted_and_harvested() {
    let queue = queue(10_000);
    for _ in 0..20 {
        push_from_another_thread(&queue);
    }
    assert_eq!(consistent(&queue).queued, 20);
    assert_eq!(queue.flush(Duration::ZERO), Err(FlushError::timeout()));
    let mut hand = std::collections::VecDeque::new();
    assert!(queue.take(&mut hand));
    assert_eq!(hand.iter().map(|chunk| chunk.spans).sum::<u64>(), 20);
    let bytes = hand.iter().map(|chunk| chunk.len()).sum();
    hand.drain(..).for_each(|chunk| queue.give_back(chunk));
    let taken = Taken {
        spans: 20,
        bytes,
        ..Taken::default()
    };
    queue.settle(&taken, Fate::Sent { bytes: 1 });
    assert_eq!(consistent(&queue).sent, 20);
    assert_eq!(queue.lock().bytes, 0, "all room is free again");
}

/// As in an outage, in which nothing is taken for long.
#[test]
fn what_was_harvested_early_takes_no_more_room_than_it_needs() {
    let queue = queue(10_000);
    let bytes = || queue.lock().bytes;
    for spans in 1..=2_000 {
        push(&queue);
        queue.harvest();
        assert_eq!(consistent(&queue).queued, spans);
    }
    assert!(bytes() < 1 << 20, "{}", bytes());
    let mut hand = std::collections::VecDeque::new();
    assert!(queue.take(&mut hand));
    let taken = Taken {
        spans: hand.iter().map(|chunk| chunk.spans).sum(),
        bytes: hand.iter().map(Chunk::len).sum(),
        ..Taken::default()
    };
    assert_eq!(taken.spans, 2_000);
    hand.drain(..).for_each(|chunk| queue.give_back(chunk));
    queue.settle(&taken, Fate::Sent { bytes: 1 });
    assert_eq!(bytes(), 0, "all room is free again");
}

#[test]
fn threads_that_share_a_part_write_one_after_the_other() {
    let queue = queue(600);
    assert_eq!(queue.parts.len(), 1);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..2_000).for_each(|_| _ = push(&queue)));
        }
    });
    let counts = consistent(&queue);
    assert_eq!(counts.accepted, 16_000);
    assert!((300..=600).contains(&counts.queued), "{counts:?}");
}

#[test]
fn threads_together_never_exceed_the_bound() {
    for bound in [3, 700, 5_000] {
        let queue = queue(bound);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..3_000).for_each(|_| _ = push(&queue)));
            }
        });
        let counts = consistent(&queue);
        assert!(counts.queued <= bound, "{counts:?}");
        // What was set aside for one thread may be missing for another.
        assert!(counts.queued >= bound - bound / 4, "{counts:?}");
        assert_eq!(counts.accepted, 12_000);
    }
}

#[test]
fn after_a_close_no_thread_has_room_left() {
    let queue = queue(10_000);
    push(&queue);
    queue.wake();
    queue.begin_to_close(Instant::now() + SECOND);
    assert_eq!(push(&queue), After::Late);
    assert_eq!(consistent(&queue).queued, 1);
    queue.end();
    let counts = consistent(&queue);
    assert_eq!((counts.queued, counts.dropped_closed), (0, 2));
}

/// As a forked child has it: the worker runs in another process.
fn inherited() -> Queue {
    let queue = not_started();
    assert!(queue.wake(), "started");
    queue.home.leave();
    queue
}

/// With one part.
fn not_started() -> Queue {
    let queue = queue(600);
    push(&queue);
    queue
}

#[test]
fn in_a_forked_child_nothing_waits_for_the_thread_that_is_not_there() {
    let queue = inherited();
    assert_eq!(queue.flush(HOUR), Ok(()));
    assert_eq!(queue.close(HOUR), Ok(()));
    assert_eq!(consistent(&queue).dropped_closed, 1);
    let queue = inherited();
    let _ = queue.close(HOUR);
    assert_eq!(push(&queue), After::Late);
    assert_eq!(consistent(&queue).dropped_closed, 2);
}

/// Does this in a forked child in which the one part, or the lock, or both are held by a thread that is
/// not there.
fn beside_what_is_held(does: fn(&Queue)) -> [BatchCounts; 3] {
    beside_what_is_held_of(inherited, does)
}

fn beside_what_is_held_of(queue: fn() -> Queue, does: fn(&Queue)) -> [BatchCounts; 3] {
    ["part", "lock", "part and lock"].map(|held| {
        let queue = Arc::new(queue());
        let (there, done) = (Arc::clone(&queue), mpsc::channel());
        let holds = |what| held.contains(what);
        let part = holds("part").then(|| queue.parts.mine(&queue.home));
        let lock = holds("lock").then(|| queue.lock());
        thread::spawn(move || {
            does(&there);
            done.0.send(consistent(&there)).unwrap();
        });
        let counts = done.1.recv_timeout(30 * SECOND);
        drop((part, lock));
        let counts = counts.unwrap_or_else(|error| panic!("beside the {held}: {error}"));
        assert_eq!(counts.queued, 0, "beside the {held}");
        counts
    })
}

#[test]
fn in_a_forked_child_a_report_waits_for_nobody_who_is_not_there() {
    beside_what_is_held(|queue| {
        let late = (0..1_000).filter(|_| push(queue) == After::Late).count();
        // What the part had room for was written before it was noticed.
        assert!(late as u64 >= 1_000 - GRANT, "{late}");
        assert!(queue.counts().dropped_closed >= 1_000);
    });
}

#[test]
fn in_a_forked_child_every_span_counts_that_was_offered_there() {
    let counts = beside_what_is_held(|queue| {
        (0..1_000).for_each(|_| _ = push(queue));
        assert_eq!(queue.flush(HOUR), Ok(()));
    });
    // Before the fork there was one, which is in the part; where the part can be had it counts too.
    let counted = counts.map(|counts| (counts.accepted, counts.dropped_closed));
    assert_eq!(counted, [(1_000, 1_000), (1_001, 1_001), (1_000, 1_000)]);
}

#[test]
fn in_a_forked_child_only_the_first_who_finds_something_held_looks_for_long() {
    let home = Home::new();
    home.leave();
    let looks = Cell::new(0);
    let look = || {
        looks.set(looks.get() + 1);
        None::<()>
    };
    assert_eq!(home.wait(look), None);
    let first = looks.take();
    assert!(first > 1, "{first}");
    assert_eq!(home.wait(look), None);
    assert_eq!(looks.get(), 0);
}

#[test]
fn in_a_forked_child_a_flush_waits_for_nobody_who_is_not_there() {
    beside_what_is_held(|queue| {
        assert_eq!(queue.flush(HOUR), Ok(()));
        assert_eq!(push(queue), After::Late);
    });
}

#[test]
fn in_a_forked_child_counts_wait_for_nobody_who_is_not_there() {
    beside_what_is_held(|queue| _ = queue.counts());
}

#[test]
fn in_a_forked_child_a_close_waits_for_nobody_who_is_not_there() {
    beside_what_is_held(|queue| {
        assert!(!queue.wake());
        _ = queue.close(HOUR);
        queue.close_at_last(HOUR);
        assert_eq!(push(queue), After::Late);
    });
}

#[test]
fn a_worker_starts_in_a_forked_child_if_there_was_none_before_and_nothing_is_held() {
    let unused = || {
        let queue = not_started();
        queue.home.leave();
        queue
    };
    let queue = unused();
    assert!(queue.wake(), "starts");
    assert_eq!(push(&queue), After::Nothing);
    assert_eq!(consistent(&queue).queued, 2);
    beside_what_is_held_of(unused, |queue| assert!(!queue.wake()));
}
