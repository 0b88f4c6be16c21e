//! What stands behind the lock of the queue.

use std::time::Instant;

use super::Wish;
use crate::batch::chunks::Chunks;
use crate::batch::counts::BatchCounts;

pub(super) struct State {
    pub(super) chunks: Chunks,
    pub(super) counts: BatchCounts,
    /// Spans that came into the queue, and those of them that are answered for, in this order.
    pub(super) entered: u64,
    pub(super) settled: u64,
    /// Of the settled ones.
    pub(super) lost: u64,
    /// What all that is queued takes, the batch in hand included.
    pub(super) bytes: usize,
    pub(super) wish: Wish,
    /// Changes with every flush and close.
    pub(super) signals: u64,
    pub(super) flush_upto: u64,
    pub(super) life: Life,
    pub(super) thread: Thread,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Open,
    Closing { deadline: Instant },
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Thread {
    No,
    /// In the process with this id: a forked child has the queue but not the thread.
    Runs(u32),
    Ended,
}

impl State {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            chunks: Chunks::new(max_bytes),
            counts: BatchCounts::default(),
            entered: 0,
            settled: 0,
            lost: 0,
            bytes: 0,
            wish: Wish::FIRST,
            signals: 0,
            flush_upto: 0,
            life: Life::Open,
            thread: Thread::No,
        }
    }

    pub(super) fn settle(&mut self, spans: u64, lost: u64, bytes: usize) {
        self.settled += spans;
        self.lost += lost;
        self.counts.queued = self.counts.queued.saturating_sub(spans);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    pub(super) fn abandon(&mut self) -> u64 {
        let left = self.counts.queued;
        self.counts.dropped_closed += left;
        self.settle(left, left, self.bytes);
        self.chunks.free();
        left
    }

    /// In a forked child nobody will ever take anything.
    pub(super) fn leave_if_forked(&mut self) {
        if matches!(self.thread, Thread::Runs(pid) if pid != std::process::id()) {
            self.life = Life::Closed;
            self.abandon();
            self.thread = Thread::Ended;
        }
    }
}
