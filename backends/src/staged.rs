//! Stages of the program's own, and what receives spans behind them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tracer_core::FlushError;
use tracer_recording::{FanOut, FinishedSpan, Recorded, Reporter, both, flush_all};

/// A stage to be made before what it is given.
pub(crate) type Stage = Box<dyn FnOnce(Arc<dyn Reporter>) -> Arc<dyn Reporter>>;

/// A stage need hand on no more than spans: what receives them is told the rest by itself. That a tracer
/// begins and ends it is told once, whether or not the stages hand that on too. A stage that panics is its
/// own loss.
pub(crate) struct Staged {
    first: Arc<dyn Reporter>,
    receivers: Arc<Receivers>,
}

impl Staged {
    /// The first of the stages sees a span first.
    pub(crate) fn new(stages: Vec<Stage>, receivers: Arc<dyn Reporter>) -> Self {
        let receivers = Arc::new(Receivers {
            all: receivers,
            closing: AtomicUsize::new(0),
        });
        let last: Arc<dyn Reporter> = Arc::clone(&receivers) as _;
        let first = stages.into_iter().rev().fold(last, |next, stage| {
            // A list of one: it keeps back what is not wanted there, and panics of what is behind a stage.
            stage(Arc::new(FanOut::new().and(next)))
        });
        Self { first, receivers }
    }

    /// Before what is behind the stages closes: has them hand on what they hold back, and waits for nobody
    /// behind them.
    pub(crate) fn hand_on(&self, timeout: Duration) -> Result<(), FlushError> {
        let _closing = Closing::begin(&self.receivers.closing);
        self.flush_stages(timeout)
    }

    fn flush_stages(&self, timeout: Duration) -> Result<(), FlushError> {
        let handed_on = flush_all(&[&self.first], timeout, |first, left| first.flush(left));
        // Who asks those behind next says what came of it.
        handed_on.or_else(|error| match error == UNKNOWN {
            true => Ok(()),
            false => Err(error),
        })
    }
}

/// Not yet delivered, and nobody is late: beside what others say it counts for nothing.
const UNKNOWN: FlushError = FlushError::lost(0);

impl Reporter for Staged {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.first.report(span);
    }

    fn take(&self, span: &Recorded<'_>) {
        self.first.take(span);
    }

    /// A stage may lend its spans to somebody else, too, who takes no joined ids.
    fn supports_join(&self) -> bool {
        self.first.supports_join() && self.receivers.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        self.first.wants_unsampled()
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let started = Instant::now();
        let handed_on = self.flush_stages(timeout);
        let left = timeout.saturating_sub(started.elapsed());
        both(handed_on, self.receivers.all.flush(left))
    }

    fn attached(&self) {
        quietly(|| self.first.attached());
        self.receivers.all.attached();
    }

    fn detached(&self) {
        quietly(|| self.first.detached());
        self.receivers.all.detached();
    }
}

/// Foreign code.
fn quietly(tell: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(tell));
}

/// What is behind all stages. They tell it of spans alone.
struct Receivers {
    all: Arc<dyn Reporter>,
    /// How many are about to close it, and wait for the stages before.
    closing: AtomicUsize,
}

impl Reporter for Receivers {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.all.report(span);
    }

    fn supports_join(&self) -> bool {
        self.all.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        self.all.wants_unsampled()
    }

    /// Whoever closes it needs the time, and nobody knows before what is delivered.
    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        match self.closing.load(Ordering::SeqCst) {
            0 => self.all.flush(timeout),
            _ => Err(UNKNOWN),
        }
    }
}

struct Closing<'a>(&'a AtomicUsize);

impl<'a> Closing<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
