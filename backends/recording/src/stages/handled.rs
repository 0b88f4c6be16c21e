//! Handlers that every finished span passes.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tracer_core::FlushError;

use super::SpanEdit;
use crate::finished::FinishedSpan;
use crate::guard::{guarded, say};
use crate::reporter::Reporter;

/// What becomes of a span that a handler has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, with what the handler changed.
    Report,
    /// It is forgotten.
    Drop,
}

type Handler = Arc<dyn Fn(&mut SpanEdit<'_>) -> Verdict + Send + Sync>;

/// A reporter behind handlers that may rename, retag, redact or drop each finished span before it
/// is queued.
///
/// Handlers run on the thread that ends the span, in their order. A span whose handler panics is
/// dropped, because it may not be redacted; the request does not notice.
#[derive(Clone)]
pub struct Handled {
    handlers: Vec<Handler>,
    next: Arc<dyn Reporter>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    dropped: AtomicU64,
    failed: AtomicU64,
    said: AtomicBool,
}

impl Handled {
    /// Without handlers everything goes on to `next`.
    pub fn new(next: impl Reporter + 'static) -> Self {
        Self {
            handlers: Vec::new(),
            next: Arc::new(next),
            counts: Arc::default(),
        }
    }

    /// Adds a handler behind the others.
    #[must_use]
    pub fn handler(
        mut self,
        handler: impl Fn(&mut SpanEdit<'_>) -> Verdict + Send + Sync + 'static,
    ) -> Self {
        self.handlers.push(Arc::new(handler));
        self
    }

    /// How many spans handlers have dropped.
    pub fn dropped(&self) -> u64 {
        self.counts.dropped.load(Ordering::Relaxed)
    }

    /// How many spans were dropped because a handler panicked.
    pub fn failed(&self) -> u64 {
        self.counts.failed.load(Ordering::Relaxed)
    }
}

impl Reporter for Handled {
    fn report(&self, span: &FinishedSpan<'_>) {
        let mut edit = SpanEdit::new(*span);
        for handler in &self.handlers {
            match guarded(|| handler(&mut edit)) {
                Ok(Verdict::Report) => {}
                Ok(Verdict::Drop) => {
                    self.counts.dropped.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Err(reason) => {
                    self.counts.failed.fetch_add(1, Ordering::Relaxed);
                    if !self.counts.said.swap(true, Ordering::Relaxed) {
                        say(|| {
                            log::warn!("spans are dropped because their handler fails: {reason}");
                        });
                    }
                    return;
                }
            }
        }
        self.next.report(&edit.view());
    }

    fn supports_join(&self) -> bool {
        self.next.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        self.next.wants_unsampled()
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

impl fmt::Debug for Handled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handled")
            .field("handlers", &self.handlers.len())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
