//! Spans kept in memory: for tests, and for pages that show the last traces.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::finished::{FinishedSpan, OwnedSpan};
use crate::reporter::Reporter;

const CAPACITY: usize = 100_000;

/// Keeps finished spans in memory. Clones share them.
///
/// ```
/// use std::time::Duration;
/// use tracer_recording::InMemoryReporter;
///
/// let memory = InMemoryReporter::new().capacity(1_000);
/// assert!(memory.wait_for(0, Duration::from_secs(1)));
/// assert!(memory.spans().is_empty());
/// ```
#[derive(Clone)]
pub struct InMemoryReporter(Arc<Shared>);

struct Shared {
    kept: Mutex<Kept>,
    changed: Condvar,
    join: AtomicBool,
}

struct Kept {
    spans: VecDeque<OwnedSpan>,
    capacity: usize,
    dropped: u64,
}

impl InMemoryReporter {
    /// An empty one, for up to 100,000 spans.
    pub fn new() -> Self {
        Self(Arc::new(Shared {
            kept: Mutex::new(Kept {
                spans: VecDeque::new(),
                capacity: CAPACITY,
                dropped: 0,
            }),
            changed: Condvar::new(),
            join: AtomicBool::new(true),
        }))
    }

    /// How many spans it keeps, in all clones; those that come when it is full are dropped and
    /// counted.
    pub fn capacity(self, spans: usize) -> Self {
        self.kept().capacity = spans;
        self
    }

    /// Whether servers may share the span ids of their clients, as with Zipkin; for all clones. On
    /// unless set. Tracers may ask only once, when they are built.
    pub fn join(self, join: bool) -> Self {
        self.0.join.store(join, Ordering::Relaxed);
        self
    }

    /// Copies of the spans that are kept, in the order in which they finished.
    pub fn spans(&self) -> Vec<OwnedSpan> {
        self.kept().spans.iter().cloned().collect()
    }

    /// Takes the spans out.
    pub fn take(&self) -> Vec<OwnedSpan> {
        std::mem::take(&mut self.kept().spans).into()
    }

    /// How many spans came when it was full.
    pub fn dropped(&self) -> u64 {
        self.kept().dropped
    }

    /// Blocks until at least `spans` are kept; false if the time is up before.
    pub fn wait_for(&self, spans: usize, timeout: Duration) -> bool {
        let (kept, _) = self
            .0
            .changed
            .wait_timeout_while(self.kept(), timeout, |kept| kept.spans.len() < spans)
            .unwrap_or_else(PoisonError::into_inner);
        kept.spans.len() >= spans
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for InMemoryReporter {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for InMemoryReporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept();
        f.debug_struct("InMemoryReporter")
            .field("spans", &kept.spans.len())
            .field("capacity", &kept.capacity)
            .field("dropped", &kept.dropped)
            .finish()
    }
}

impl Reporter for InMemoryReporter {
    fn report(&self, span: &FinishedSpan<'_>) {
        let span = span.to_owned();
        let mut kept = self.kept();
        if kept.spans.len() < kept.capacity {
            kept.spans.push_back(span);
            drop(kept);
            self.0.changed.notify_all();
        } else {
            kept.dropped += 1;
        }
    }

    fn supports_join(&self) -> bool {
        self.0.join.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SpanBuilder;

    fn report(to: &dyn Reporter, name: &str) {
        to.report(&SpanBuilder::new(name).view());
    }

    fn names(spans: &[OwnedSpan]) -> Vec<&str> {
        spans.iter().map(|span| &*span.name).collect()
    }

    #[test]
    fn clones_share_what_is_kept_and_taking_empties_it() {
        let memory = InMemoryReporter::new();
        report(&memory.clone(), "a");
        report(&memory, "b");
        assert_eq!(names(&memory.spans()), ["a", "b"]);
        assert_eq!(names(&memory.clone().take()), ["a", "b"]);
        assert!(memory.spans().is_empty());
    }

    #[test]
    fn a_full_one_drops_the_newest_and_counts_it() {
        let memory = InMemoryReporter::new().capacity(2);
        for name in ["a", "b", "c"] {
            report(&memory, name);
        }
        assert_eq!(names(&memory.spans()), ["a", "b"]);
        assert_eq!(memory.dropped(), 1);
    }

    #[test]
    fn waiting_ends_with_the_last_span_or_with_the_time() {
        let memory = InMemoryReporter::new();
        let other = memory.clone();
        let thread = std::thread::spawn(move || {
            report(&other, "a");
            report(&other, "b");
        });
        assert!(memory.wait_for(2, Duration::from_secs(30)));
        thread.join().unwrap();
        assert!(!memory.wait_for(3, Duration::from_millis(1)));
    }

    #[test]
    fn ids_may_be_joined_unless_it_is_told_otherwise() {
        assert!(InMemoryReporter::new().supports_join());
        assert!(!InMemoryReporter::new().join(false).supports_join());
    }
}
