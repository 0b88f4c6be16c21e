//! The parts of the queue that threads write into: each thread one of its own, as far as there are
//! enough, so that two threads do not fight for one lock and one cache line.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::batch::chunks::Chunk;
use crate::message::Entry;

/// A chunk under way, and what it may still take of the queue's room.
#[derive(Default)]
pub(super) struct Part {
    chunk: Chunk,
    grant: Option<Grant>,
}

/// Room of the queue, set aside for one chunk.
#[derive(Clone, Copy)]
pub(super) struct Grant {
    pub(super) spans: u64,
    pub(super) bytes: usize,
}

impl Part {
    #[inline]
    pub(super) fn has_room(&self, len: usize) -> bool {
        self.grant.is_some_and(|grant| {
            self.chunk.spans < grant.spans && self.chunk.bytes.len() + len <= grant.bytes
        })
    }

    /// Appends a span; true if it was the last that there is room for.
    #[inline]
    pub(super) fn push(&mut self, span: &impl Entry) -> bool {
        self.chunk.push(span);
        self.grant
            .is_none_or(|grant| self.chunk.spans >= grant.spans)
    }

    pub(super) fn begin(&mut self, chunk: Chunk, grant: Grant) {
        self.chunk = chunk;
        self.grant = Some(grant);
    }

    /// What was written, and the room that was set aside for it.
    pub(super) fn take(&mut self) -> Option<(Chunk, Grant)> {
        let grant = self.grant.take()?;
        let mut chunk = std::mem::take(&mut self.chunk);
        chunk.slack = grant.bytes.saturating_sub(chunk.bytes.len());
        Some((chunk, grant))
    }

    pub(super) const fn spans(&self) -> u64 {
        self.chunk.spans
    }
}

// Neighbours in memory would still share a cache line; processors fetch them in pairs.
#[repr(align(128))]
#[derive(Default)]
struct Aligned(Mutex<Part>);

impl Aligned {
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Part> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Parts(Box<[Aligned]>);

impl Parts {
    /// At most so many; no more than threads can run at once, twice over.
    pub(super) fn new(most: u64) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let parts = (2 * cores).min(16).min(most.max(1) as usize);
        // A power of two, because a division costs as much as the rest of a push.
        let parts = 1 << parts.ilog2();
        Self((0..parts).map(|_| Aligned::default()).collect())
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The part of this thread.
    #[inline]
    pub(super) fn mine(&self) -> Option<MutexGuard<'_, Part>> {
        let index = THREAD.with(Cell::get);
        let index = if index == usize::MAX {
            number_this_thread()
        } else {
            index
        };
        self.0.get(index & (self.0.len() - 1)).map(Aligned::lock)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = MutexGuard<'_, Part>> {
        self.0.iter().map(Aligned::lock)
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
    use super::*;

    #[test]
    fn every_thread_has_a_part_however_many_parts_there_are() {
        for most in 0..40 {
            let parts = Parts::new(most);
            assert!(parts.len().is_power_of_two() && parts.len() as u64 <= most.max(1));
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| assert!(parts.mine().is_some()));
                }
            });
        }
    }
}
