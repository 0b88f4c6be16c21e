//! The clocks of a tracer: raw ticks on the request path, wall time once per local root.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Reads of time. Ticks never go back; what they are worth in nanoseconds only the clock knows.
pub trait Clock: Send + Sync {
    /// A cheap monotonic reading.
    fn ticks(&self) -> u64;

    /// The nanoseconds between two readings; zero if `end` is before `start`.
    fn nanos_between(&self, start: u64, end: u64) -> u64;

    /// Wall time: nanoseconds since the epoch.
    fn wall(&self) -> u64;

    /// Wall time and ticks of the same moment.
    fn wall_and_ticks(&self) -> (u64, u64) {
        (self.wall(), self.ticks())
    }

    /// The nanoseconds from a reading to another one, and from the first to now: what the end of a
    /// span asks for, in one call.
    fn nanos_until_and_now(&self, from: u64, until: u64) -> (u64, u64) {
        let now = self.ticks();
        (
            self.nanos_between(from, until),
            self.nanos_between(from, now),
        )
    }
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<C: Clock + ?Sized> Clock for $pointer<C> {
            #[inline]
            fn ticks(&self) -> u64 {
                (**self).ticks()
            }

            #[inline]
            fn nanos_between(&self, start: u64, end: u64) -> u64 {
                (**self).nanos_between(start, end)
            }

            #[inline]
            fn wall(&self) -> u64 {
                (**self).wall()
            }

            #[inline]
            fn wall_and_ticks(&self) -> (u64, u64) {
                (**self).wall_and_ticks()
            }

            #[inline]
            fn nanos_until_and_now(&self, from: u64, until: u64) -> (u64, u64) {
                (**self).nanos_until_and_now(from, until)
            }
        }
    )*};
}
forward!(Box, Arc);

/// The machine's clocks: its time-stamp counter where it has a steady one, and the wall clock.
#[derive(Clone, Debug)]
pub struct SystemClock {
    counter: quanta::Clock,
    /// What [`UNIT`] ticks are worth in nanoseconds.
    worth: u64,
}

/// Two to the power of this many ticks: minutes where they are nanoseconds or less, hours where they
/// are longer. A power that is known here makes a product and a shift of each conversion; a remainder
/// of less than one nanosecond in so many makes a millisecond in a decade at most.
const UNIT: u32 = 40;

impl SystemClock {
    /// The clock. The first one of a process measures the counter against the monotonic clock,
    /// which takes up to 200 ms.
    pub fn new() -> Self {
        let counter = quanta::Clock::new();
        let worth = counter.delta_as_nanos(0, 1 << UNIT);
        Self { counter, worth }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[inline]
    fn ticks(&self) -> u64 {
        self.counter.raw()
    }

    #[inline]
    fn nanos_between(&self, start: u64, end: u64) -> u64 {
        let ticks = u128::from(end.saturating_sub(start));
        ((ticks * u128::from(self.worth)) >> UNIT) as u64
    }

    fn wall(&self) -> u64 {
        unix_nanos(SystemTime::now())
    }

    /// The wall clock costs as much as everything else that a span needs to start. A thread that
    /// starts many reads it once a millisecond and counts ticks in between.
    #[inline]
    fn wall_and_ticks(&self) -> (u64, u64) {
        let ticks = self.ticks();
        let (last_wall, last_ticks) = LAST_READ.get();
        let since = self.nanos_between(last_ticks, ticks);
        if last_wall != 0 && ticks >= last_ticks && since < GOOD_FOR {
            return (last_wall + since, ticks);
        }
        let wall = self.wall();
        LAST_READ.set((wall, ticks));
        (wall, ticks)
    }
}

/// Nanoseconds. After a step of the wall clock, so long may spans still start by the old time.
const GOOD_FOR: u64 = 1_000_000;

thread_local! {
    /// Wall time and ticks. All system clocks of a process count the same ticks.
    static LAST_READ: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Nanoseconds since the epoch; zero for times before it.
#[inline(never)]
pub(crate) fn unix_nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| {
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    })
}

/// A clock that stands still until it is moved: for tests. A tick is a nanosecond.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<ManualTimes>);

#[derive(Debug, Default)]
struct ManualTimes {
    ticks: AtomicU64,
    wall: AtomicU64,
}

impl ManualClock {
    /// A clock whose wall time is this many nanoseconds since the epoch.
    pub fn at(wall: u64) -> Self {
        let clock = Self::default();
        clock.set_wall(wall);
        clock
    }

    /// Moves both clocks on.
    pub fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.ticks.fetch_add(nanos, Ordering::Relaxed);
        self.0.wall.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Steps the wall clock alone, as an administrator or NTP does.
    pub fn set_wall(&self, wall: u64) {
        self.0.wall.store(wall, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn ticks(&self) -> u64 {
        self.0.ticks.load(Ordering::Relaxed)
    }

    fn nanos_between(&self, start: u64, end: u64) -> u64 {
        end.saturating_sub(start)
    }

    fn wall(&self) -> u64 {
        self.0.wall.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_behind_a_pointer_is_the_clock() {
        let clock = ManualClock::at(7);
        let boxed: Box<dyn Clock> = Box::new(clock.clone());
        let shared: Arc<dyn Clock> = Arc::new(boxed);
        clock.advance(Duration::from_nanos(3));
        assert_eq!(shared.wall_and_ticks(), (10, 3));
        assert_eq!(shared.nanos_until_and_now(0, 2), (2, 3));
        assert_eq!(shared.nanos_between(1, shared.ticks()), 2);
        assert_eq!(shared.wall(), 10);
    }

    #[test]
    fn ticks_are_worth_what_the_counter_says() {
        let clock = SystemClock::new();
        for ticks in [0, 1, 1_000, 1 << 32, 1 << 48, 1 << 56] {
            let (ours, theirs) = (
                clock.nanos_between(7, 7 + ticks),
                clock.counter.delta_as_nanos(7, 7 + ticks),
            );
            let most = 1 + (ticks >> UNIT);
            assert!(ours.abs_diff(theirs) <= most, "{ticks}: {ours} {theirs}");
        }
        assert_eq!(clock.nanos_between(2, 1), 0);
    }

    #[test]
    fn between_reads_of_the_wall_clock_ticks_are_counted() {
        let clock = SystemClock::new();
        let mut last = (0, 0);
        for _ in 0..100_000 {
            let before = clock.wall();
            let now = clock.wall_and_ticks();
            let after = clock.wall();
            assert!(now.1 >= last.1, "ticks never go back");
            // The test's own machine may step its clock a little.
            let near = before.saturating_sub(1_000_000)..=after.saturating_add(1_000_000);
            assert!(near.contains(&now.0), "{now:?} {near:?}");
            last = now;
        }
    }
}
