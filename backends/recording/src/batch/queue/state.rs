//! What stands behind the lock of the queue.

use std::time::{Duration, Instant};

use super::Wish;
use super::part::{Grant, Part};
use crate::batch::chunks::{Chunk, Chunks};
use crate::batch::counts::BatchCounts;

pub(super) struct State {
    pub(super) chunks: Chunks,
    pub(super) counts: BatchCounts,
    /// Spans that came into the queue, and those of them that are answered for, in this order.
    pub(super) entered: u64,
    pub(super) settled: u64,
    /// Of the settled ones.
    pub(super) lost: u64,
    /// Of the lost ones: what the worker had in hand when nobody waited for it any longer.
    pub(super) given_up: u64,
    /// What all that is queued takes, the batch in hand and what is set aside included.
    pub(super) bytes: usize,
    /// Chunks that request threads are filling, and the spans that were set aside for them.
    pub(super) parts: u64,
    pub(super) granted: u64,
    pub(super) wish: Wish,
    /// Changes with every flush and close.
    pub(super) signals: u64,
    pub(super) flush_upto: u64,
    pub(super) life: Life,
    pub(super) thread: Thread,
    /// When it last could not be.
    pub(super) not_started: Option<Instant>,
}

/// Before another try to start the worker of a full queue, into which nothing comes that could wake it.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Open,
    Closing { deadline: Instant },
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Thread {
    No,
    /// In the queue's [`Home`](super::home::Home).
    Runs,
    Ended,
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            chunks: Chunks::default(),
            counts: BatchCounts::default(),
            entered: 0,
            settled: 0,
            lost: 0,
            given_up: 0,
            bytes: 0,
            parts: 0,
            granted: 0,
            wish: Wish::FIRST,
            signals: 0,
            flush_upto: 0,
            life: Life::Open,
            thread: Thread::No,
            not_started: None,
        }
    }

    /// Sets room aside for a chunk of so many spans and bytes.
    pub(super) fn grant(&mut self, part: &mut Part, grant: Grant) {
        self.parts += 1;
        self.granted += grant.spans;
        self.bytes += grant.bytes;
        part.begin(self.chunks.empty(grant.bytes), grant);
    }

    /// Takes what a request thread has written into all of its room.
    pub(super) fn enter(&mut self, part: &mut Part) {
        if let Some(chunk) = self.receive(part) {
            self.chunks.enter(chunk);
        }
    }

    /// Queues what a request thread had written so far: in an outage that is a few spans again and again, which
    /// must not keep all of their room.
    pub(super) fn gather(&mut self, chunk: Chunk) {
        let free = self.chunks.gather(chunk);
        self.bytes = self.bytes.saturating_sub(free);
    }

    /// Takes what a request thread has written. It is to be queued.
    pub(super) fn receive(&mut self, part: &mut Part) -> Option<Chunk> {
        let (chunk, grant) = part.take()?;
        self.parts -= 1;
        self.granted -= grant.spans;
        self.entered += chunk.spans;
        self.counts.accepted += chunk.spans;
        self.counts.queued += chunk.spans;
        if self.thread == Thread::Ended {
            self.counts.dropped_closed += chunk.spans;
            self.settle(chunk.spans, chunk.spans, grant.bytes);
            return None;
        }
        Some(chunk)
    }

    pub(super) const fn has_spans(&self) -> bool {
        self.counts.queued > 0 || self.parts > 0
    }

    /// Whether the worker wants to be woken for what has gathered. It is asked once.
    pub(super) fn is_worth_waking(&mut self) -> bool {
        let wish = &self.wish;
        let worth = self.chunks.spans() >= wish.spans
            || self.chunks.bytes() >= wish.bytes
            || (wish.first && self.parts > 0);
        if worth {
            self.wish = Wish::at(None);
        }
        worth
    }

    /// Whether the worker could not be started, and not just now.
    pub(super) fn may_start_again(&mut self) -> bool {
        let may = |at: Instant| at.elapsed() >= PAUSE;
        self.thread == Thread::No && self.not_started.take_if(|at| may(*at)).is_some()
    }

    pub(super) fn settle(&mut self, spans: u64, lost: u64, bytes: usize) {
        self.settled += spans;
        self.lost += lost;
        self.counts.queued = self.counts.queued.saturating_sub(spans);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// The worker answers for so many spans, of which some may have been given up.
    pub(super) fn take_up(&mut self, spans: u64) {
        let late = spans.min(self.given_up);
        self.given_up -= late;
        self.counts.dropped_closed -= late;
        self.counts.queued += late;
        self.settled -= late;
        self.lost -= late;
    }

    pub(super) fn abandon(&mut self) -> u64 {
        let left = self.counts.queued;
        self.counts.dropped_closed += left;
        self.settle(left, left, self.bytes);
        let _ = self.chunks.free();
        left
    }

    /// Nobody will ever take anything.
    pub(super) fn leave(&mut self) {
        self.life = Life::Closed;
        self.abandon();
        self.thread = Thread::Ended;
    }
}
