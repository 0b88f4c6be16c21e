//! Which process a queue is used in, and how long those wait who may be in another one.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How often a thread looks again at once for what another one has; then after pauses.
const YIELDS: u32 = 16;
const PAUSE: Duration = Duration::from_micros(50);
/// In a forked child so often: some milliseconds.
const LOOKS: u32 = 64;

/// A forked child has the queue as it was, but none of the other threads: what one of them had just then,
/// a part or the lock, nobody gives back there.
///
/// To ask for the process is a system call: only those do who would wait otherwise.
pub(super) struct Home {
    /// Where the worker runs; before that, where the queue was made.
    process: AtomicU32,
    /// This is a child of that process, and something is not given back.
    orphaned: AtomicBool,
    /// Spans that were lost without the lock.
    lost: AtomicU64,
}

impl Home {
    pub(super) fn new() -> Self {
        Self {
            process: AtomicU32::new(process::id()),
            orphaned: AtomicBool::new(false),
            lost: AtomicU64::new(0),
        }
    }

    pub(super) fn is_here(&self) -> bool {
        self.process.load(Ordering::Relaxed) == process::id()
    }

    /// The worker is to run here.
    pub(super) fn move_here(&self) {
        self.process.store(process::id(), Ordering::Relaxed);
    }

    pub(super) fn is_orphaned(&self) -> bool {
        self.orphaned.load(Ordering::Relaxed)
    }

    /// Counts spans for which the lock was not to be had.
    pub(super) fn lose(&self, spans: u64) {
        self.lost.fetch_add(spans, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Looks until another thread has given back what it has. In a forked child only for a while, the
    /// first time: it may be a thread of the child, and one that was interrupted.
    #[cold]
    pub(super) fn wait<T>(&self, look: impl Fn() -> Option<T>) -> Option<T> {
        if self.is_orphaned() {
            return None;
        }
        for _ in 0..YIELDS {
            thread::yield_now();
            if let Some(found) = look() {
                return Some(found);
            }
        }
        let here = self.is_here();
        let mut looks = 0_u32;
        while here || looks < LOOKS {
            looks = looks.saturating_add(1);
            // Lets the one who has it run, whatever its priority.
            thread::sleep(PAUSE);
            if let Some(found) = look() {
                return Some(found);
            }
        }
        self.orphaned.store(true, Ordering::Relaxed);
        None
    }
}

#[cfg(test)]
impl Home {
    /// As a forked child has it.
    pub(super) fn leave(&self) {
        self.process.fetch_add(1, Ordering::Relaxed);
    }
}
