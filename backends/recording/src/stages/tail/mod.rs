//! The traces that turn out to matter.

mod latest;
mod store;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracer_core::FlushError;

use crate::fields::Reader;
use crate::finished::FinishedSpan;
use crate::message;
use crate::reporter::Reporter;
use store::{Bounds, Store};

/// Hands on what the sampler chose, and of all other traces those with an error, or with a span
/// that took too long.
///
/// Spans of other traces are recorded and held in memory until the span that entered the process has ended (its
/// local root), and then forgotten; or handed on together as soon as one of them fails or is slow. Of several
/// requests of one trace at the same time each is held by itself; once one of them is kept, the others follow
/// with their next span that ends. What ends after its request goes where that went. What follows from a request,
/// or what a task did that was handed a bare context, is of no certain request: it goes with the first of its
/// trace that ends, and where that went once it has. It sees this process only: the caller's and the callee's
/// halves are there if they found them worth keeping too. What it hands on is `sampled` for the reporters behind
/// it; the decision in its context stays as it travelled.
///
/// Recording every trace costs what sampling every trace costs, up to the export. Memory is bounded:
/// beyond its limits the oldest request is given up and counted.
#[derive(Clone)]
pub struct Tail {
    next: Arc<dyn Reporter>,
    slower_than: Option<Duration>,
    bounds: Bounds,
    store: Arc<Mutex<Store>>,
}

/// Counters of a [`Tail`], taken at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TailCounts {
    /// Unsampled traces that were handed on.
    pub kept_traces: u64,
    /// Their spans so far.
    pub kept_spans: u64,
    /// Spans forgotten with their request, which had nothing to keep it for.
    pub forgotten_spans: u64,
    /// Traces (of several requests of one, each) given up for want of room, before they had ended.
    pub evicted_traces: u64,
    /// Their spans.
    pub evicted_spans: u64,
    /// Spans held now.
    pub held_spans: u64,
}

impl Tail {
    /// Keeps traces with an error.
    pub fn new(next: impl Reporter + 'static) -> Self {
        Self {
            next: Arc::new(next),
            slower_than: None,
            bounds: Bounds {
                traces: 1_000,
                spans: 10_000,
                bytes: 10 * 1024 * 1024,
            },
            store: Arc::default(),
        }
    }

    /// Keeps also traces with a span that took this long or longer.
    #[must_use]
    pub const fn slower_than(mut self, threshold: Duration) -> Self {
        self.slower_than = Some(threshold);
        self
    }

    /// How many traces (of several requests of one, each) are held at once, and how many that were kept, and that
    /// were not, are remembered for their late spans (no more than [spans](Self::most_spans)). 1,000 unless set.
    #[must_use]
    pub const fn most_traces(mut self, traces: usize) -> Self {
        self.bounds.traces = traces;
        self
    }

    /// How many spans are held. 10,000 unless set.
    #[must_use]
    pub const fn most_spans(mut self, spans: usize) -> Self {
        self.bounds.spans = spans;
        self
    }

    /// How many bytes of spans are held. 10 MiB unless set.
    #[must_use]
    pub const fn most_bytes(mut self, bytes: usize) -> Self {
        self.bounds.bytes = bytes;
        self
    }

    /// What became of the spans that were not sampled.
    pub fn counts(&self) -> TailCounts {
        self.store().counts()
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn matters(&self, span: &FinishedSpan<'_>) -> bool {
        let slow = |limit: Duration| u128::from(span.duration) >= limit.as_nanos();
        span.error.is_some() || self.slower_than.is_some_and(slow)
    }

    fn hand_on(&self, mut span: FinishedSpan<'_>) {
        span.sampled = true;
        self.next.report(&span);
    }
}

impl Reporter for Tail {
    fn report(&self, span: &FinishedSpan<'_>) {
        if span.sampled {
            return self.next.report(span);
        }
        let matters = self.matters(span);
        let earlier = self.store().add(span, matters, &self.bounds);
        // Outside the lock: reporters are foreign code.
        if let Some(earlier) = earlier {
            let mut reader = Reader(&earlier);
            while message::lend(&mut reader, |span, _| self.hand_on(*span)).is_some() {}
            self.hand_on(*span);
        }
    }

    fn supports_join(&self) -> bool {
        self.next.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        true
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.next.flush(timeout)
    }

    fn attached(&self) {
        self.next.attached();
    }

    fn detached(&self) {
        self.next.detached();
    }
}

impl fmt::Debug for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail")
            .field("slower_than", &self.slower_than)
            .field("bounds", &self.bounds)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}
