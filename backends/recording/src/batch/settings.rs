//! What the worker goes by.

use std::time::{Duration, Instant};

use super::counts::BatchCounts;
use super::queue::Size;

type OnCounts = Box<dyn FnMut(&BatchCounts) + Send>;

/// What the worker goes by.
pub(super) struct Settings {
    pub(super) size: Size,
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
    pub(super) on_counts: Option<OnCounts>,
    pub(super) now: Box<dyn Fn() -> Instant + Send>,
    pub(super) random: Box<dyn Fn() -> f64 + Send>,
}

impl Settings {
    pub(super) fn now(&self) -> Instant {
        (self.now)()
    }

    /// From zero to below one.
    pub(super) fn random(&self) -> f64 {
        (self.random)()
    }
}
