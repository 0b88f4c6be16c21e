//! From when the times of a span are measured.

use std::time::SystemTime;

use crate::clock::unix_nanos;
use crate::shared::Shared;

/// Wall time and ticks read together at a local root. Everything below it is measured from here, so
/// that a step of the wall clock cannot pull a trace apart.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Anchor {
    wall: u64,
    pub(super) ticks: u64,
    /// When the local root started: nothing below starts earlier.
    pub(super) floor: u64,
}

impl Anchor {
    pub(crate) fn new(shared: &Shared, start: Option<SystemTime>) -> Self {
        let (wall, ticks) = shared.clock.wall_and_ticks();
        Self {
            wall,
            ticks,
            floor: start.map_or(wall, unix_nanos),
        }
    }

    pub(super) fn wall_at(&self, shared: &Shared, ticks: u64) -> u64 {
        self.wall
            .saturating_add(shared.clock.nanos_between(self.ticks, ticks))
    }

    #[inline]
    pub(super) fn wall_at_and_now(&self, shared: &Shared, ticks: u64) -> (u64, u64) {
        let (until, now) = shared.clock.nanos_until_and_now(self.ticks, ticks);
        (
            self.wall.saturating_add(until),
            self.wall.saturating_add(now),
        )
    }
}

/// When a span started: read from the ticks, or told.
#[derive(Clone, Copy, Debug)]
pub(super) enum Started {
    Ticks(u64),
    Wall(u64),
}
