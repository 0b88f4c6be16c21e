//! The queue between the request threads and the worker, and the books of every span in it.

mod duty;
mod home;
mod part;
mod reach;
mod state;

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use tracer_core::FlushError;

use super::chunks::CHUNK;
use super::counts::BatchCounts;
use crate::message::Entry;
pub(super) use duty::{Fate, Orders, Wish};
use home::Home;
use part::{Grant, Part, Parts};
use state::{Life, State, Thread};

/// The most spans that a thread writes before it hands them over.
const GRANT: u64 = 128;

/// How much is queued and sent at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) queue_spans: u64,
    pub(super) queue_bytes: usize,
    pub(super) batch_spans: u64,
    pub(super) batch_bytes: usize,
}

/// A bounded queue.
///
/// A thread holds a [`Part`] and writes into it, into room that was set aside for it. A full part
/// goes to the common [`State`]; the worker, a flush, and a close fetch parts that are not full.
/// Whoever needs both takes the part first. A part is held no longer than a copy of one span takes, the state no
/// longer than one of a chunk; neither over foreign code.
pub(super) struct Queue {
    parts: Parts,
    home: Home,
    grant: Grant,
    state: Mutex<State>,
    /// There is something for the worker to do.
    work: Condvar,
    /// Spans were answered for, or the worker has ended.
    settled: Condvar,
    /// Whoever waits there for the worker waits for itself.
    worker: OnceLock<ThreadId>,
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

impl After {
    const fn wake_if(worth: bool) -> Self {
        if worth { Self::Wake } else { Self::Nothing }
    }
}

impl Queue {
    pub(super) fn new(size: &Size) -> Self {
        // Small queues are not divided: what is set aside for one thread is lost for the others.
        let chunks = (size.queue_bytes / (8 * CHUNK)) as u64;
        let parts = Parts::new(chunks.min(size.queue_spans / 512));
        let share = |all: u64| (all / (4 * parts.len() as u64)).max(1);
        Self {
            home: Home::new(),
            state: Mutex::new(State::new()),
            work: Condvar::new(),
            settled: Condvar::new(),
            worker: OnceLock::new(),
            max_spans: size.queue_spans,
            max_bytes: size.queue_bytes,
            grant: Grant {
                // So that full chunks make a full batch.
                spans: size
                    .batch_spans
                    .div_ceil(size.batch_spans.div_ceil(GRANT))
                    .min(share(size.queue_spans)),
                bytes: CHUNK
                    .min(size.batch_bytes / 4)
                    .min(size.queue_bytes / (8 * parts.len())),
            },
            parts,
        }
    }

    /// For the worker, and for those who have reached it before: it is given back.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a copy of a span, or counts it as lost.
    #[inline]
    pub(super) fn push(&self, span: &impl Entry) -> After {
        let len = span.len();
        let Some(mut part) = self.parts.mine(&self.home) else {
            return self.lose();
        };
        let mut after = After::Nothing;
        if !part.has_room(len) {
            after = self.make_room(&mut part, len);
            if !part.has_room(len) {
                return after;
            }
        }
        if part.push(span) {
            let Some(mut state) = self.reach() else {
                return After::Late;
            };
            state.enter(&mut part);
            if state.is_worth_waking() {
                after = After::Wake;
            }
        }
        after
    }

    /// Hands over what a thread has written and sets room aside for more; without room the span is
    /// counted as lost.
    #[cold]
    fn make_room(&self, part: &mut Part, len: usize) -> After {
        let Some(mut state) = self.reach() else {
            self.home.lose(1);
            return After::Late;
        };
        state.enter(part);
        let taken = state.counts.queued + state.granted;
        let grant = Grant {
            spans: self.grant.spans.min(self.max_spans.saturating_sub(taken)),
            bytes: self
                .grant
                .bytes
                .max(len)
                .min(self.max_bytes.saturating_sub(state.bytes)),
        };
        let late = state.life != Life::Open;
        let lost = if late {
            &mut state.counts.dropped_closed
        } else if len > self.max_bytes {
            &mut state.counts.dropped_too_large
        } else if grant.spans == 0 || grant.bytes < len {
            &mut state.counts.dropped_queue_full
        } else {
            state.grant(part, grant);
            return After::wake_if(state.is_worth_waking());
        };
        *lost += 1;
        state.counts.accepted += 1;
        if late {
            return After::Late;
        }
        After::wake_if(state.is_worth_waking() || state.may_start_again())
    }

    /// A snapshot: nobody reports while it is taken.
    pub(super) fn counts(&self) -> BatchCounts {
        let parts: Vec<_> = self.parts.all(&self.home).collect();
        let (mut counts, ended) = match self.reach() {
            Some(mut state) => {
                self.leave_if_forked(&mut state);
                (state.counts, state.thread == Thread::Ended)
            }
            // What the parent has counted is not known here.
            None => (BatchCounts::default(), true),
        };
        let written = parts.iter().map(|part| part.spans()).sum();
        let (queued, late) = if ended { (0, written) } else { (written, 0) };
        let late = late + self.home.lost();
        counts.accepted += queued + late;
        counts.queued += queued;
        counts.dropped_closed += late;
        counts
    }

    /// Wakes the worker. True if there is none yet and the caller is the one to start it.
    pub(super) fn wake(&self) -> bool {
        if !self.home.is_here() {
            // A worker would wait for a part that nobody gives back.
            self.parts.all(&self.home).for_each(drop);
        }
        let Some(mut state) = self.reach() else {
            return false;
        };
        self.leave_if_forked(&mut state);
        if state.thread == Thread::No && state.life == Life::Open && state.has_spans() {
            state.thread = Thread::Runs;
            self.home.move_here();
            return true;
        }
        drop(state);
        self.work.notify_one();
        false
    }

    /// The worker could not be started: another try when more has gathered.
    pub(super) fn not_started(&self) {
        let mut state = self.lock();
        if state.life == Life::Open {
            state.thread = Thread::No;
            state.wish.spans = state.chunks.spans() + 1;
            state.not_started = Some(Instant::now());
        } else {
            state.abandon();
            state.thread = Thread::Ended;
            drop(state);
            self.settled.notify_all();
        }
    }

    /// Waits until what is queued now is answered for.
    pub(super) fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.is_worker() {
            return Err(FlushError::timeout());
        }
        let deadline = deadline(timeout);
        self.harvest();
        let Some(mut state) = self.reach() else {
            return Ok(());
        };
        self.leave_if_forked(&mut state);
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
        let Some(mut state) = self.reach() else {
            return self.harvest();
        };
        self.leave_if_forked(&mut state);
        if state.life == Life::Open {
            state.life = Life::Closing { deadline };
            state.signals += 1;
        }
        drop(state);
        // From now on nobody gets room.
        self.harvest();
        let mut state = self.lock();
        if state.thread == Thread::No {
            state.abandon();
            state.life = Life::Closed;
            state.thread = Thread::Ended;
        }
        drop(state);
        self.work.notify_one();
    }

    /// Closes and waits for the worker to end; without it from the deadline on.
    pub(super) fn close(&self, timeout: Duration) -> Result<(), FlushError> {
        let deadline = deadline(timeout);
        let lost = self.reach().map_or(0, |state| state.lost);
        // Less for the worker, so that it can say in time what it gave up.
        let reserve = (timeout / 10).min(Duration::from_millis(100));
        self.begin_to_close(deadline.checked_sub(reserve).unwrap_or(deadline));
        if self.is_worker() {
            // It does so when it is back from whoever asked.
            return Err(FlushError::timeout());
        }
        let Some(state) = self.reach() else {
            return Ok(());
        };
        let mut state = self.wait_while(state, deadline, |state| state.thread != Thread::Ended);
        if state.thread != Thread::Ended {
            // It hangs, and may come back with what it has in hand.
            state.life = Life::Closed;
            let in_hand = state.counts.queued - state.chunks.spans();
            state.abandon();
            state.given_up += in_hand;
            drop(state);
            self.settled.notify_all();
            return Err(FlushError::timeout());
        }
        // What was given up may have arrived meanwhile.
        lost_or_ok(state.lost.saturating_sub(lost))
    }

    /// Closes when nobody is left to do so, unless that was done: whoever has waited for a worker that
    /// hangs need not wait for it again.
    pub(super) fn close_at_last(&self, timeout: Duration) {
        let closed = self.reach().is_none_or(|state| state.life == Life::Closed);
        if !closed {
            let _ = self.close(timeout);
        }
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

#[cfg(test)]
mod tests;
