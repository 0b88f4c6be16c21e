//! Spans of traces that may yet turn out to matter.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

use tracer_core::TraceId;

use super::TailCounts;
use super::latest::Latest;
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

impl Bounds {
    /// How many traces are known after their end: who bounds spans alone has bounded these, too.
    fn remembered(&self) -> usize {
        self.traces.min(self.spans)
    }
}

/// A request: its trace, and what tells it from others of that.
type Request = (TraceId, u64);
/// In the place of that: spans that may be part of any request of their trace. They go with the first
/// one that ends.
const UNKNOWN: u64 = 0;

#[derive(Default)]
pub(super) struct Store {
    held: HashMap<Request, Held>,
    /// By age. A request that was decided leaves its place empty.
    ages: VecDeque<(Request, u64)>,
    next: u64,
    bytes: usize,
    /// Traces that were handed on: their late spans follow them.
    kept: Latest<TraceId>,
    /// Requests that were forgotten: so are their late spans, for which no end would come.
    forgotten: Latest<Request>,
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

    /// Takes a span. If it is to be handed on, returns the spans that go before it.
    pub(super) fn add(
        &mut self,
        span: &FinishedSpan<'_>,
        matters: bool,
        bounds: &Bounds,
    ) -> Option<Vec<u8>> {
        let trace = span.trace_id();
        let request = (trace, span.request);
        let kept = self.kept.contains(&trace);
        if kept || matters {
            let (spans, bytes) = self.take_with_unknown(request);
            self.counts.kept_spans += spans + 1;
            if !kept {
                self.counts.kept_traces += 1;
                self.kept.insert(trace, bounds.remembered());
            }
            return Some(bytes);
        }
        // The span that entered the process: its request is over, and nobody can say more.
        if span.remote_parent || span.parent_id().is_none() {
            let (spans, bytes) = self.take_with_unknown(request);
            self.counts.forgotten_spans += spans + 1;
            self.recycle(bytes);
            // Two for a request.
            let most = bounds.remembered().saturating_mul(2);
            self.forgotten.insert((trace, UNKNOWN), most);
            self.forgotten.insert(request, most);
            return None;
        }
        if self.forgotten.contains(&request) {
            self.counts.forgotten_spans += 1;
            return None;
        }
        self.hold(request, span);
        while self.is_over(bounds) && self.evict() {}
        None
    }

    fn hold(&mut self, request: Request, span: &FinishedSpan<'_>) {
        let held = match self.held.entry(request) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                self.next += 1;
                self.ages.push_back((request, self.next));
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
                .retain(|(request, number)| is_number(held, *request, *number));
        }
    }

    fn take(&mut self, request: Request) -> Option<(u64, Vec<u8>)> {
        let held = self.held.remove(&request)?;
        self.bytes -= held.bytes.len();
        self.counts.held_spans -= held.spans;
        Some((held.spans, held.bytes))
    }

    /// What is held of a request, and what may be part of it.
    fn take_with_unknown(&mut self, request: Request) -> (u64, Vec<u8>) {
        let (spans, bytes) = self.take(request).unwrap_or_default();
        match self.take((request.0, UNKNOWN)) {
            None => (spans, bytes),
            Some((more, mut unknown)) => {
                unknown.extend_from_slice(&bytes);
                self.recycle(bytes);
                (spans + more, unknown)
            }
        }
    }

    fn is_over(&self, bounds: &Bounds) -> bool {
        self.held.len() > bounds.traces
            || self.counts.held_spans > bounds.spans as u64
            || self.bytes > bounds.bytes
    }

    /// Gives up the oldest request; false if there is none.
    fn evict(&mut self) -> bool {
        while let Some((request, number)) = self.ages.pop_front() {
            if !is_number(&self.held, request, number) {
                continue;
            }
            if let Some((spans, bytes)) = self.take(request) {
                self.counts.evicted_traces += 1;
                self.counts.evicted_spans += spans;
                self.recycle(bytes);
                return true;
            }
        }
        false
    }

    fn recycle(&mut self, mut bytes: Vec<u8>) {
        if self.free.len() < FREE && (1..=FREE_BYTES).contains(&bytes.capacity()) {
            bytes.clear();
            self.free.push(bytes);
        }
    }
}

/// A request can be held again after it was taken.
fn is_number(held: &HashMap<Request, Held>, request: Request, number: u64) -> bool {
    held.get(&request).is_some_and(|held| held.number == number)
}
