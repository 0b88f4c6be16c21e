//! Anyone can send the debug flag, so it is rationed.

use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;

/// One debug trace costs this many nanoseconds of credit, which time earns one by one.
const COST: u64 = 100_000_000;
/// Ten traces.
const FULL: u64 = 10 * COST;

/// A token bucket: ten, refilled at ten a second.
pub(super) struct DebugLimit {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    credit: u64,
    at: u64,
}

impl DebugLimit {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let at = clock.ticks();
        let state = Mutex::new(State { credit: FULL, at });
        Self { clock, state }
    }

    /// Takes a token; false if there is none.
    pub(super) fn take(&self) -> bool {
        let now = self.clock.ticks();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let earned = self.clock.nanos_between(state.at, now);
        state.credit = state.credit.saturating_add(earned).min(FULL);
        state.at = state.at.max(now);
        match state.credit.checked_sub(COST) {
            Some(rest) => {
                state.credit = rest;
                true
            }
            None => false,
        }
    }
}
