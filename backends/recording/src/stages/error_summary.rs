//! One line for each sort of failure.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracer_core::FlushError;

use super::FailingHop;
use super::repeats::Repeats;
use crate::clock::{Clock, SystemClock};
use crate::finished::FinishedSpan;
use crate::guard::{guarded, say};
use crate::reporter::Reporter;

type OnFailure = Arc<dyn Fn(&FailingHop<'_>) + Send + Sync>;

/// Names the hop at which requests fail, in the log and to a callback.
///
/// The first span of a trace that ends with an error is the deepest: what failed. The spans above it
/// that failed because of it are not told again, and neither are further failures of the same hop
/// for a minute (its service, operation, peer and class of error); they are counted. At most ten
/// hops are told in a minute.
///
/// It sees sampled traces, unless it [asks for all](Self::all_traces).
#[derive(Clone)]
pub struct ErrorSummary {
    next: Arc<dyn Reporter>,
    repeats: Arc<Mutex<Repeats>>,
    on_failure: Option<OnFailure>,
    logs: bool,
    all: bool,
    pause: Duration,
    most: u32,
    clock: Arc<dyn Clock>,
    start: u64,
}

impl ErrorSummary {
    /// Writes WARN lines to the log.
    pub fn new(next: impl Reporter + 'static) -> Self {
        let clock = SystemClock::new();
        Self {
            next: Arc::new(next),
            repeats: Arc::default(),
            on_failure: None,
            logs: true,
            all: false,
            pause: Duration::from_secs(60),
            most: 10,
            start: clock.ticks(),
            clock: Arc::new(clock),
        }
    }

    /// Called for each failure that is told, on the thread that ended the span.
    #[must_use]
    pub fn on_failure(
        mut self,
        on_failure: impl Fn(&FailingHop<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.on_failure = Some(Arc::new(on_failure));
        self
    }

    /// Whether lines go to the log. On unless set.
    #[must_use]
    pub const fn log(mut self, on: bool) -> Self {
        self.logs = on;
        self
    }

    /// Sees the failures of traces that are not sampled, too: every trace is recorded, which costs
    /// what sampling every trace costs, up to the export.
    #[must_use]
    pub const fn all_traces(mut self) -> Self {
        self.all = true;
        self
    }

    /// How long a hop is not told again. A minute unless set.
    #[must_use]
    pub const fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How many hops are told within such a pause, all together. Ten unless set.
    #[must_use]
    pub const fn most(mut self, most: u32) -> Self {
        self.most = most;
        self
    }

    /// The clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.start = clock.ticks();
        self.clock = Arc::new(clock);
        self
    }

    fn look_at(&self, span: &FinishedSpan<'_>) {
        let Some(mut hop) = FailingHop::of(span) else {
            return;
        };
        let now = self.clock.nanos_between(self.start, self.clock.ticks());
        let repeats = self
            .repeats
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .ask(&hop, now, self.pause, self.most);
        let Some(repeats) = repeats else {
            return;
        };
        hop.repeats = repeats;
        if self.logs {
            say(|| log::warn!("{hop}"));
        }
        if let Some(on_failure) = &self.on_failure
            && let Err(reason) = guarded(|| on_failure(&hop))
        {
            say(|| log::warn!("the callback for failures fails: {reason}"));
        }
    }
}

impl Reporter for ErrorSummary {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.look_at(span);
        if span.sampled || self.next.wants_unsampled() {
            self.next.report(span);
        }
    }

    fn supports_join(&self) -> bool {
        self.next.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        self.all || self.next.wants_unsampled()
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

impl fmt::Debug for ErrorSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorSummary")
            .field("all", &self.all)
            .field("pause", &self.pause)
            .finish_non_exhaustive()
    }
}
