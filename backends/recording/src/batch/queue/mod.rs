//! The queue between the request threads and the worker, and the books of every span in it.

mod duty;
mod state;

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracer_core::FlushError;

use super::counts::BatchCounts;
use super::message;
use crate::finished::FinishedSpan;
pub(super) use duty::{Fate, Orders, Wish};
use state::{Life, State, Thread};

/// A bounded queue. Its lock is held for the copy of one span, or less; never over foreign code.
pub(super) struct Queue {
    state: Mutex<State>,
    /// There is something for the worker to do.
    work: Condvar,
    /// Spans were answered for, or the worker has ended.
    settled: Condvar,
    max_spans: u64,
    max_bytes: usize,
}

/// What the thread that reported is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    Nothing,
    /// Wake the worker, or start it.
    Wake,
    /// The queue is closed.
    Late,
}

impl Queue {
    pub(super) fn new(max_spans: u64, max_bytes: usize) -> Self {
        Self {
            state: Mutex::new(State::new(max_bytes)),
            work: Condvar::new(),
            settled: Condvar::new(),
            max_spans,
            max_bytes,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a copy of a span, or counts it as lost.
    #[inline]
    pub(super) fn push(&self, span: &FinishedSpan<'_>) -> After {
        let len = message::len(span);
        let mut state = self.lock();
        let state = &mut *state;
        let counts = &mut state.counts;
        counts.accepted += 1;
        if state.life != Life::Open {
            counts.dropped_closed += 1;
            return After::Late;
        }
        if len > self.max_bytes {
            counts.dropped_too_large += 1;
            return After::Nothing;
        }
        if counts.queued >= self.max_spans || state.bytes + len > self.max_bytes {
            counts.dropped_queue_full += 1;
            return After::Nothing;
        }
        state.chunks.push(span, len);
        state.bytes += len;
        state.entered += 1;
        counts.queued += 1;
        if state.chunks.spans() < state.wish.spans && state.chunks.bytes() < state.wish.bytes {
            return After::Nothing;
        }
        state.wish = Wish::at(None);
        After::Wake
    }

    pub(super) fn counts(&self) -> BatchCounts {
        self.lock().counts
    }

    /// Wakes the worker. True if there is none yet and the caller is the one to start it.
    pub(super) fn wake(&self) -> bool {
        let mut state = self.lock();
        if state.thread == Thread::No && state.life == Life::Open && state.counts.queued > 0 {
            state.thread = Thread::Runs(std::process::id());
            return true;
        }
        state.leave_if_forked();
        drop(state);
        self.work.notify_one();
        false
    }

    /// The worker could not be started: another try after as many spans again.
    pub(super) fn not_started(&self) {
        let mut state = self.lock();
        if state.life == Life::Open {
            state.thread = Thread::No;
            state.wish.spans = state.chunks.spans() * 2;
        } else {
            state.abandon();
            state.thread = Thread::Ended;
            drop(state);
            self.settled.notify_all();
        }
    }

    /// Waits until what is queued now is answered for.
    pub(super) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        let deadline = deadline(timeout);
        let mut state = self.lock();
        state.leave_if_forked();
        let (upto, lost, waiting) = (state.entered, state.lost, state.counts.queued);
        if waiting == 0 {
            return Ok(());
        }
        state.flush_upto = upto;
        state.signals += 1;
        self.work.notify_one();
        let state = self.wait_while(state, deadline, |state| state.settled < upto);
        if state.settled < upto {
            return Err(FlushError::timeout());
        }
        lost_or_ok((state.lost - lost).min(waiting))
    }

    /// Takes no more spans; the worker is to be done with what is queued until `deadline`.
    pub(super) fn begin_to_close(&self, deadline: Instant) {
        let mut state = self.lock();
        state.leave_if_forked();
        if state.life == Life::Open {
            state.life = Life::Closing { deadline };
            state.signals += 1;
            if state.thread == Thread::No {
                state.abandon();
                state.life = Life::Closed;
                state.thread = Thread::Ended;
            }
        }
        drop(state);
        self.work.notify_one();
    }

    /// Closes and waits for the worker to end; without it from the deadline on.
    pub(super) fn close(&self, timeout: Duration) -> Result<(), FlushError> {
        let deadline = deadline(timeout);
        let lost = self.lock().lost;
        // Less for the worker, so that it can say in time what it gave up.
        let reserve = (timeout / 10).min(Duration::from_millis(100));
        self.begin_to_close(deadline.checked_sub(reserve).unwrap_or(deadline));
        let state = self.lock();
        let mut state = self.wait_while(state, deadline, |state| state.thread != Thread::Ended);
        if state.thread != Thread::Ended {
            // It hangs. What it has in hand it answers for when it comes back.
            state.life = Life::Closed;
            let waiting = state.chunks.spans();
            let bytes = state.chunks.bytes();
            state.chunks.free();
            state.counts.dropped_closed += waiting;
            state.settle(waiting, waiting, bytes);
            drop(state);
            self.settled.notify_all();
            return Err(FlushError::timeout());
        }
        lost_or_ok(state.lost - lost)
    }

    fn wait_while<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        deadline: Instant,
        pending: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if !pending(&state) || left.is_zero() {
                return state;
            }
            (state, _) = self
                .settled
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn lost_or_ok(lost: u64) -> Result<(), FlushError> {
    if lost == 0 {
        Ok(())
    } else {
        Err(FlushError::lost(lost))
    }
}

/// `timeout` from now; a year is for ever.
fn deadline(timeout: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(timeout.min(YEAR)).unwrap_or(now)
}
