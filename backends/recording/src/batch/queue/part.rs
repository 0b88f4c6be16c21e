//! The parts of the queue that threads write into: each thread one of its own, as far as there are
//! enough, so that two threads do not wait for each other or fight for one cache line.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use atomic_refcell::{AtomicRefCell, AtomicRefMut};

use super::home::Home;
use crate::batch::chunks::Chunk;
use crate::message::Entry;

/// Parts of a queue.
const MOST: usize = 16;

/// A chunk under way, and what it may still take of the queue's room.
#[derive(Default)]
pub(super) struct Part {
    chunk: Chunk,
    grant: Grant,
    /// Spans of the grant that are not written yet; none without a grant.
    left: u64,
}

/// Room of the queue, set aside for one chunk.
#[derive(Clone, Copy, Default)]
pub(super) struct Grant {
    pub(super) spans: u64,
    pub(super) bytes: usize,
}

impl Part {
    #[inline]
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.left > 0 && self.chunk.len() + len <= self.grant.bytes
    }

    /// Appends a span; true if it was the last that there is room for.
    #[inline]
    pub(super) fn push(&mut self, span: &impl Entry) -> bool {
        self.chunk.push(span);
        self.left = self.left.saturating_sub(1);
        self.left == 0
    }

    pub(super) fn begin(&mut self, chunk: Chunk, grant: Grant) {
        self.chunk = chunk;
        self.grant = grant;
        self.left = grant.spans;
    }

    /// What was written, and the room that was set aside for it.
    pub(super) fn take(&mut self) -> Option<(Chunk, Grant)> {
        let grant = std::mem::take(&mut self.grant);
        if grant.spans == 0 {
            return None;
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.spans = grant.spans - std::mem::take(&mut self.left);
        chunk.slack = grant.bytes.saturating_sub(chunk.len());
        Some((chunk, grant))
    }

    pub(super) const fn spans(&self) -> u64 {
        self.grant.spans - self.left
    }
}

// Neighbours in memory would still share a cache line; processors fetch them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Aligned(AtomicRefCell<Part>);

/// What threads write into as long as they have it. A cell and not a mutex, because a mutex must
/// look for waiters when it is given back: that costs as much as taking it, and waits until what was
/// written has left the processor.
pub(super) type Held<'a> = AtomicRefMut<'a, Part>;

impl Aligned {
    /// Whoever has it copies one span; longer only if it was interrupted right then. `None` in a forked
    /// child if it is not there.
    #[inline]
    fn hold(&self, home: &Home) -> Option<Held<'_>> {
        match self.0.try_borrow_mut() {
            Ok(part) => Some(part),
            Err(_) => home.wait(|| self.0.try_borrow_mut().ok()),
        }
    }
}

pub(super) struct Parts {
    // In place: each address on the way to a part is waited for.
    places: [Aligned; MOST],
    /// One less than those that are used, which are a power of two: a division costs as much as the
    /// rest of a push.
    mask: usize,
}

impl Parts {
    /// At most so many; no more than threads can run at once, twice over.
    pub(super) fn new(most: u64) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let parts = (2 * cores).min(MOST).min(most.max(1) as usize);
        Self {
            places: std::array::from_fn(|_| Aligned::default()),
            mask: (1 << parts.ilog2()) - 1,
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.mask + 1
    }

    /// The part of this thread, unless nobody gives it back.
    #[inline]
    pub(super) fn mine(&self, home: &Home) -> Option<Held<'_>> {
        let index = THREAD.with(Cell::get);
        let index = if index == usize::MAX {
            number_this_thread()
        } else {
            index
        };
        self.places.get((index & self.mask) % MOST)?.hold(home)
    }

    pub(super) fn all<'a>(&'a self, home: &'a Home) -> impl Iterator<Item = Held<'a>> {
        let places = self.places.iter().take(self.len());
        places.filter_map(|place| place.hold(home))
    }
}

thread_local! {
    /// Threads in the order in which they first reported.
    static THREAD: Cell<usize> = const { Cell::new(usize::MAX) };
}

#[cold]
fn number_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    THREAD.with(|thread| thread.set(number));
    number
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn who_finds_a_part_held_waits_for_it() {
        let (parts, home) = (Parts::new(1), Home::new());
        let (asks, has) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|scope| {
            let held = parts.mine(&home);
            scope.spawn(|| {
                asks.store(true, Ordering::SeqCst);
                let _mine = parts.mine(&home);
                has.store(true, Ordering::SeqCst);
            });
            while !asks.load(Ordering::SeqCst) {
                thread::yield_now();
            }
            (0..1_000).for_each(|_| thread::yield_now());
            assert!(!has.load(Ordering::SeqCst));
            drop(held);
        });
        assert!(has.load(Ordering::SeqCst));
    }

    #[test]
    fn every_thread_has_a_part_however_many_parts_there_are() {
        for most in 0..40 {
            let (parts, home) = (Parts::new(most), Home::new());
            assert!(parts.len().is_power_of_two() && parts.len() as u64 <= most.max(1));
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| assert!(parts.mine(&home).is_some()));
                }
            });
        }
    }
}
