//! Stages of the program's own, and what receives spans behind them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracer_core::FlushError;
use tracer_recording::{FinishedSpan, Recorded, Reporter};

use crate::backend::both;

/// What receives spans is asked and told by itself, too: a stage need hand on no more than spans.
pub(crate) struct Staged {
    pub(crate) first: Arc<dyn Reporter>,
    pub(crate) receivers: Arc<dyn Reporter>,
}

impl Reporter for Staged {
    fn report(&self, span: &FinishedSpan<'_>) {
        self.first.report(span);
    }

    fn take(&self, span: &Recorded<'_>) {
        self.first.take(span);
    }

    fn supports_join(&self) -> bool {
        self.receivers.supports_join()
    }

    fn wants_unsampled(&self) -> bool {
        self.first.wants_unsampled()
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let started = Instant::now();
        let handed_on = self.first.flush(timeout);
        let left = timeout.saturating_sub(started.elapsed());
        both(handed_on, self.receivers.flush(left))
    }

    fn attached(&self) {
        self.first.attached();
        self.receivers.attached();
    }

    fn detached(&self) {
        self.first.detached();
        self.receivers.detached();
    }
}
