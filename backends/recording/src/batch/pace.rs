//! Who notices that a batch is full: the thread that reports its last span, or the worker by itself.

use std::time::{Duration, Instant};

/// So often the worker looks while batches fill one after the other. A full one waits no longer.
const LOOK: Duration = Duration::from_millis(10);
/// Then it is woken only for so many that are full.
const WOKEN_FOR: u8 = 4;

/// To wake a thread that sleeps takes 5 µs, as long as twenty spans; and a thread that was woken works
/// beside the one that woke it, on memory that both need. So while a batch fills within two looks, the
/// worker looks by itself, and request threads wake it only if it is late.
#[derive(Debug, Default)]
pub(super) struct Pace {
    filled: Option<Instant>,
    fast_until: Option<Instant>,
}

/// How the worker sleeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// No longer than until then.
    pub(super) until: Option<Instant>,
    /// So many full batches are worth waking it.
    pub(super) batches: u8,
}

impl Pace {
    /// A batch is full.
    pub(super) fn filled(&mut self, now: Instant) {
        let before = self.filled.replace(now);
        let fast = before.is_some_and(|before| now.saturating_duration_since(before) <= 2 * LOOK);
        self.fast_until = now.checked_add(2 * LOOK).filter(|_| fast);
    }

    pub(super) fn look(&self, now: Instant) -> Look {
        let fast = self.fast_until.is_some_and(|until| now < until);
        Look {
            until: now.checked_add(LOOK).filter(|_| fast),
            batches: if fast { WOKEN_FOR } else { 1 },
        }
    }
}
