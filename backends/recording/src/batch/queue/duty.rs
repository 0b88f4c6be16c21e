//! The worker's side of the queue.

use std::collections::VecDeque;
use std::sync::PoisonError;
use std::thread;
use std::time::Instant;

use super::{Life, Queue, Thread};
use crate::batch::chunks::Chunk;
use crate::batch::counts::BatchCounts;
use crate::batch::open::Taken;
use crate::export::Arrived;

/// When the worker wants to be woken.
#[derive(Clone, Copy, Debug)]
pub(in crate::batch) struct Wish {
    pub(in crate::batch) until: Option<Instant>,
    /// Waiting spans or bytes that are worth it.
    pub(in crate::batch) spans: u64,
    pub(in crate::batch) bytes: usize,
    /// A single span is, wherever it is.
    pub(in crate::batch) first: bool,
}

impl Wish {
    /// Not because of spans.
    pub(in crate::batch) const fn at(until: Option<Instant>) -> Self {
        Self {
            until,
            spans: u64::MAX,
            bytes: usize::MAX,
            first: false,
        }
    }

    /// At the first span.
    pub(in crate::batch) const FIRST: Self = Self {
        until: None,
        spans: 1,
        bytes: 1,
        first: true,
    };
}

/// What the worker is asked to do.
#[derive(Clone, Copy, Debug)]
pub(in crate::batch) struct Orders {
    pub(in crate::batch) signals: u64,
    pub(in crate::batch) entered: u64,
    pub(in crate::batch) settled: u64,
    /// Nothing is queued, and nobody is about to.
    pub(in crate::batch) idle: bool,
    /// Everything up to here is wanted now.
    pub(in crate::batch) flush_upto: u64,
    /// More than half full.
    pub(in crate::batch) pressed: bool,
    pub(in crate::batch) closing: Option<Instant>,
    pub(in crate::batch) closed: bool,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug)]
pub(in crate::batch) enum Fate {
    Sent { bytes: usize },
    TooLarge,
    Rejected,
}

impl Queue {
    /// This thread is the worker's.
    pub(in crate::batch) fn works_here(&self) {
        let _ = self.worker.set(thread::current().id());
    }

    pub(in crate::batch) fn is_worker(&self) -> bool {
        self.worker.get() == Some(&thread::current().id())
    }

    pub(in crate::batch) fn orders(&self) -> Orders {
        let state = self.lock();
        Orders {
            signals: state.signals,
            entered: state.entered,
            settled: state.settled,
            idle: state.counts.queued == 0 && state.parts == 0,
            flush_upto: state.flush_upto,
            pressed: state.counts.queued > self.max_spans / 2 || state.bytes > self.max_bytes / 2,
            closing: match state.life {
                Life::Closing { deadline } => Some(deadline),
                Life::Open | Life::Closed => None,
            },
            closed: state.life == Life::Closed,
        }
    }

    /// Sleeps as wished; not at all if there were signals that the worker has not `seen`.
    pub(in crate::batch) fn wait(&self, wish: Wish, seen: u64) {
        let mut state = self.lock();
        state.wish = wish;
        while state.signals == seen
            && state.life != Life::Closed
            && state.chunks.spans() < wish.spans
            && state.chunks.bytes() < wish.bytes
            && !(wish.first && state.parts > 0)
        {
            state = match wish.until {
                None => self
                    .work
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        break;
                    }
                    let waited = self.work.wait_timeout(state, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
        state.wish = Wish::at(None);
    }

    /// Takes what waits; false if nothing does.
    pub(in crate::batch) fn take(&self, hand: &mut VecDeque<Chunk>) -> bool {
        let mut state = self.lock();
        let any = state.chunks.spans() > 0;
        if any {
            state.chunks.take(hand);
        }
        any
    }

    pub(in crate::batch) fn give_back(&self, chunk: Chunk) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(chunk.slack);
        state.chunks.give_back(chunk);
    }

    /// Takes what request threads are still filling.
    pub(in crate::batch) fn harvest(&self) {
        for mut part in self.parts.all(&self.home) {
            match self.reach() {
                Some(mut state) => {
                    let chunk = state.receive(&mut part);
                    drop(part);
                    if let Some(chunk) = chunk {
                        state.gather(chunk);
                    }
                }
                None => self
                    .home
                    .lose(part.take().map_or(0, |(chunk, _)| chunk.spans)),
            }
        }
    }

    /// As they are known without a look at what request threads are still filling.
    pub(in crate::batch) fn settled_counts(&self) -> BatchCounts {
        self.lock().counts
    }

    /// Answers for spans.
    pub(in crate::batch) fn settle(&self, taken: &Taken, fate: Fate) -> BatchCounts {
        let mut state = self.lock();
        state.take_up(taken.all());
        let counts = &mut state.counts;
        counts.dropped_too_large += taken.too_large;
        counts.dropped_rejected += taken.broken;
        let arrived = match fate {
            Fate::Sent { bytes } => Arrived {
                spans: taken.spans,
                bytes,
            },
            Fate::TooLarge | Fate::Rejected => taken.arrived,
        };
        let missing = taken.spans.saturating_sub(arrived.spans);
        counts.sent += arrived.spans;
        counts.batches += u64::from(arrived.spans > 0);
        counts.bytes += arrived.bytes as u64;
        match fate {
            Fate::TooLarge => counts.dropped_too_large += missing,
            Fate::Sent { .. } | Fate::Rejected => counts.dropped_rejected += missing,
        }
        let lost = taken.too_large + taken.broken + missing;
        state.settle(taken.all(), lost, taken.bytes);
        let counts = state.counts;
        drop(state);
        self.settled.notify_all();
        counts
    }

    pub(in crate::batch) fn count_retry(&self) -> BatchCounts {
        let mut state = self.lock();
        state.counts.retries += 1;
        state.counts
    }

    /// Gives up what is left; returns how many spans that were.
    pub(in crate::batch) fn abandon(&self) -> u64 {
        self.lock().life = Life::Closed;
        self.harvest();
        let mut state = self.lock();
        state.abandon() + std::mem::take(&mut state.given_up)
    }

    /// The worker has ended.
    pub(in crate::batch) fn end(&self) {
        self.abandon();
        let mut state = self.lock();
        state.abandon();
        state.thread = Thread::Ended;
        drop(state);
        self.settled.notify_all();
    }
}
