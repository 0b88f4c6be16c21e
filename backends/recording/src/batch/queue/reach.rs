//! How those get at the books of a queue who may be in a forked child, where nobody gives them back.

use std::sync::{MutexGuard, TryLockError};

use super::state::{State, Thread};
use super::{After, Queue};

impl Queue {
    /// The state, where it is not known who has it. `None` in a forked child if nobody gives it back.
    pub(super) fn reach(&self) -> Option<MutexGuard<'_, State>> {
        let look = || match self.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(state)) => Some(state.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        };
        match look() {
            None if self.home.is_here() => Some(self.lock()),
            None => self.home.wait(look),
            state => state,
        }
    }

    /// In a forked child nobody will ever take anything.
    pub(super) fn leave_if_forked(&self, state: &mut State) {
        let runs = state.thread == Thread::Runs;
        if self.home.is_orphaned() || (runs && !self.home.is_here()) {
            state.leave();
        }
    }

    /// Counts a span for which there is no part.
    #[cold]
    pub(super) fn lose(&self) -> After {
        match self.reach() {
            Some(mut state) => {
                self.leave_if_forked(&mut state);
                state.counts.accepted += 1;
                state.counts.dropped_closed += 1;
            }
            None => self.home.lose(1),
        }
        After::Late
    }
}
