//! Spans of traces that may yet turn out to matter.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};

use tracer_core::TraceId;

use super::TailCounts;
use crate::finished::FinishedSpan;
use crate::message::{Draft, Entry as _};

/// Buffers kept for the next trace.
const FREE: usize = 64;
/// One that was blown up by an unusual trace is not kept.
const FREE_BYTES: usize = 16 * 1024;

#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) traces: usize,
    pub(super) spans: usize,
    pub(super) bytes: usize,
}

#[derive(Default)]
pub(super) struct Store {
    held: HashMap<TraceId, Held>,
    /// By age. A trace that was decided leaves its place empty.
    ages: VecDeque<(TraceId, u64)>,
    next: u64,
    bytes: usize,
    /// Traces that were handed on, by age: their late spans follow them.
    kept: HashSet<TraceId>,
    kept_ages: VecDeque<TraceId>,
    free: Vec<Vec<u8>>,
    counts: TailCounts,
}

struct Held {
    number: u64,
    spans: u64,
    bytes: Vec<u8>,
}

impl Store {
    pub(super) const fn counts(&self) -> TailCounts {
        self.counts
    }

    /// Takes a span. If it is to be handed on, returns the spans of its trace that go before it.
    pub(super) fn add(
        &mut self,
        span: &FinishedSpan<'_>,
        matters: bool,
        bounds: &Bounds,
    ) -> Option<Vec<u8>> {
        let trace = span.trace_id();
        if self.kept.contains(&trace) {
            self.counts.kept_spans += 1;
            return Some(Vec::new());
        }
        if matters {
            let (spans, bytes) = self.take(trace).unwrap_or_default();
            self.counts.kept_traces += 1;
            self.counts.kept_spans += spans + 1;
            self.remember(trace, bounds);
            return Some(bytes);
        }
        // The span that entered the process: its trace is over here, as far as anybody can say.
        if span.remote_parent || span.parent_id().is_none() {
            let (spans, bytes) = self.take(trace).unwrap_or_default();
            self.counts.forgotten_spans += spans + 1;
            self.recycle(bytes);
            return None;
        }
        self.hold(trace, span);
        while self.is_over(bounds) && self.evict() {}
        None
    }

    fn hold(&mut self, trace: TraceId, span: &FinishedSpan<'_>) {
        let held = match self.held.entry(trace) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                self.next += 1;
                self.ages.push_back((trace, self.next));
                entry.insert(Held {
                    number: self.next,
                    spans: 0,
                    bytes: self.free.pop().unwrap_or_default(),
                })
            }
        };
        let message = Draft::of(span);
        message.append(&mut held.bytes);
        self.bytes += message.len();
        held.spans += 1;
        self.counts.held_spans += 1;
        if self.ages.len() > 2 * self.held.len() + FREE {
            let held = &self.held;
            self.ages
                .retain(|(trace, number)| is_number(held, *trace, *number));
        }
    }

    fn take(&mut self, trace: TraceId) -> Option<(u64, Vec<u8>)> {
        let held = self.held.remove(&trace)?;
        self.bytes -= held.bytes.len();
        self.counts.held_spans -= held.spans;
        Some((held.spans, held.bytes))
    }

    fn is_over(&self, bounds: &Bounds) -> bool {
        self.held.len() > bounds.traces
            || self.counts.held_spans > bounds.spans as u64
            || self.bytes > bounds.bytes
    }

    /// Gives up the oldest trace; false if there is none.
    fn evict(&mut self) -> bool {
        while let Some((trace, number)) = self.ages.pop_front() {
            if !is_number(&self.held, trace, number) {
                continue;
            }
            if let Some((spans, bytes)) = self.take(trace) {
                self.counts.evicted_traces += 1;
                self.counts.evicted_spans += spans;
                self.recycle(bytes);
                return true;
            }
        }
        false
    }

    fn remember(&mut self, trace: TraceId, bounds: &Bounds) {
        if self.kept.insert(trace) {
            self.kept_ages.push_back(trace);
        }
        while self.kept_ages.len() > bounds.traces {
            if let Some(oldest) = self.kept_ages.pop_front() {
                self.kept.remove(&oldest);
            }
        }
    }

    fn recycle(&mut self, mut bytes: Vec<u8>) {
        if self.free.len() < FREE && (1..=FREE_BYTES).contains(&bytes.capacity()) {
            bytes.clear();
            self.free.push(bytes);
        }
    }
}

/// A trace can be held again after it was taken.
fn is_number(held: &HashMap<TraceId, Held>, trace: TraceId, number: u64) -> bool {
    held.get(&trace).is_some_and(|held| held.number == number)
}
