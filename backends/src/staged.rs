//! Stages of the program's own, and what receives spans behind them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tracer_core::FlushError;
use tracer_recording::{FinishedSpan, Recorded, Reporter, both};

/// A stage to be made before what it is given.
pub(crate) type Stage = Box<dyn FnOnce(Arc<dyn Reporter>) -> Arc<dyn Reporter>>;

/// A stage need hand on no more than spans: what receives them is told the rest by itself, once, whether
/// or not the stages hand that on too.
pub(crate) struct Staged {
    first: Arc<dyn Reporter>,
    receivers: Arc<Receivers>,
}

impl Staged {
    /// The first of the stages sees a span first.
    pub(crate) fn new(stages: Vec<Stage>, receivers: Arc<dyn Reporter>) -> Self {
        let receivers = Arc::new(Receivers {
            all: receivers,
            handing_on: AtomicUsize::new(0),
        });
        let last: Arc<dyn Reporter> = Arc::clone(&receivers) as _;
        let first = stages
            .into_iter()
            .rev()
            .fold(last, |next, stage| stage(next));
        Self { first, receivers }
    }

    /// Has the stages hand on what they hold back, and waits for nobody behind them.
    pub(crate) fn hand_on(&self, timeout: Duration) -> Result<(), FlushError> {
        let _handing_on = HandingOn::begin(&self.receivers.handing_on);
        self.first.flush(timeout)
    }
}

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
        let handed_on = self.hand_on(timeout);
        let left = timeout.saturating_sub(started.elapsed());
        both(handed_on, self.receivers.all.flush(left))
    }

    fn attached(&self) {
        self.first.attached();
        self.receivers.all.attached();
    }

    fn detached(&self) {
        self.first.detached();
        self.receivers.all.detached();
    }
}

/// What the last stage is given as what is behind it.
struct Receivers {
    all: Arc<dyn Reporter>,
    /// How many wait for the stages alone.
    handing_on: AtomicUsize,
}

impl Reporter for Receivers {
    fn report(&self, span: &FinishedSpan<'_>) {
        if span.sampled || self.all.wants_unsampled() {
            self.all.report(span);
        }
    }

    fn supports_join(&self) -> bool {
        self.all.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        self.all.wants_unsampled()
    }

    /// A stage may want it at other times.
    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        match self.handing_on.load(Ordering::SeqCst) {
            0 => self.all.flush(timeout),
            _ => Ok(()),
        }
    }
}

struct HandingOn<'a>(&'a AtomicUsize);

impl<'a> HandingOn<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for HandingOn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
