//! So many traces a second.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::InvalidSampler;
use crate::clock::{Clock, SystemClock};
use crate::sampler::{Sampler, SamplingQuestion};

const SECOND: f64 = 1e9;

/// Records up to so many traces a second, evenly; after a quiet time as many at once as fit a
/// second, and at least one.
///
/// A token bucket in one atomic word: the time at which it will be full.
pub struct RateLimited {
    rate: f64,
    /// Nanoseconds that one trace costs.
    cost: u64,
    /// How far ahead of the clock the time of fullness may be for one more trace.
    ahead: u64,
    full_at: AtomicU64,
    clock: Arc<dyn Clock>,
    start: u64,
}

impl RateLimited {
    /// A rate; below one is fine: 0.1 is a trace every ten seconds, 0 is none.
    ///
    /// # Errors
    ///
    /// [`InvalidSampler`] for a negative number, or one that is not finite.
    pub fn per_second(rate: f64) -> Result<Self, InvalidSampler> {
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(InvalidSampler::rate(rate));
        }
        let cost = if rate > 0.0 { SECOND / rate } else { 0.0 };
        Ok(Self {
            rate,
            cost: cost as u64,
            ahead: ((rate.max(1.0) - 1.0) * cost) as u64,
            full_at: AtomicU64::new(0),
            clock: Arc::new(SystemClock::new()),
            start: 0,
        }
        .starting_now())
    }

    /// The clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self.starting_now()
    }

    /// Traces per second.
    pub const fn rate(&self) -> f64 {
        self.rate
    }

    /// Another one of this rate, which has given what this one has.
    #[cfg(feature = "remote-sampling")]
    pub(super) fn continued(&self) -> Self {
        Self {
            full_at: AtomicU64::new(self.full_at.load(Ordering::Relaxed)),
            clock: Arc::clone(&self.clock),
            ..*self
        }
    }

    fn starting_now(mut self) -> Self {
        self.start = self.clock.ticks();
        self
    }

    /// Takes a token if there is one.
    pub(super) fn take(&self) -> bool {
        if self.rate == 0.0 {
            return false;
        }
        let now = self.clock.nanos_between(self.start, self.clock.ticks());
        let mut seen = self.full_at.load(Ordering::Relaxed);
        loop {
            let full_at = seen.max(now);
            if full_at - now > self.ahead {
                return false;
            }
            let next = full_at.saturating_add(self.cost);
            match self.full_at.compare_exchange_weak(
                seen,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => return true,
                Err(other) => seen = other,
            }
        }
    }
}

impl Sampler for RateLimited {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        self.take()
    }
}

impl fmt::Debug for RateLimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimited")
            .field("rate", &self.rate)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::clock::ManualClock;

    fn limited(rate: f64) -> (RateLimited, ManualClock) {
        let clock = ManualClock::default();
        let sampler = RateLimited::per_second(rate).unwrap();
        (sampler.clock(clock.clone()), clock)
    }

    fn taken(sampler: &RateLimited, tries: usize) -> usize {
        (0..tries).filter(|_| sampler.take()).count()
    }

    #[test]
    fn a_second_has_so_many_and_the_next_again() {
        let (sampler, clock) = limited(10.0);
        for _ in 0..3 {
            assert_eq!(taken(&sampler, 100), 10);
            clock.advance(Duration::from_secs(1));
        }
        clock.advance(Duration::from_secs(3600));
        assert_eq!(taken(&sampler, 100), 10, "a quiet hour saves nothing up");
        clock.advance(Duration::from_millis(99));
        assert_eq!(taken(&sampler, 100), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(taken(&sampler, 100), 1);
    }

    #[test]
    fn less_than_one_a_second_is_one_after_some_seconds() {
        let (sampler, clock) = limited(0.1);
        assert_eq!(taken(&sampler, 100), 1);
        clock.advance(Duration::from_millis(9_999));
        assert_eq!(taken(&sampler, 100), 0);
        clock.advance(Duration::from_millis(1));
        assert_eq!(taken(&sampler, 100), 1);
    }

    #[test]
    fn zero_is_none_and_nonsense_an_error() {
        let (sampler, clock) = limited(0.0);
        clock.advance(Duration::from_secs(10));
        assert_eq!(taken(&sampler, 100), 0);
        for wrong in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(RateLimited::per_second(wrong).is_err());
        }
    }

    #[test]
    fn threads_together_take_no_more() {
        let (sampler, _clock) = limited(100.0);
        let sum: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| taken(&sampler, 1000)))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .sum()
        });
        assert_eq!(sum, 100);
    }

    proptest! {
        #[test]
        fn over_any_time_it_is_the_rate_and_at_most_one_burst_more(
            rate in 0.05..500.0,
            steps in proptest::collection::vec((0_u64..2_000, 0_usize..600), 1..40),
        ) {
            let (sampler, clock) = limited(rate);
            let (mut count, mut seconds) = (0, 0.0);
            for (millis, tries) in steps {
                clock.advance(Duration::from_millis(millis));
                seconds += millis as f64 / 1000.0;
                count += taken(&sampler, tries);
            }
            let most = rate * seconds + rate.max(1.0);
            prop_assert!(count as f64 <= most * 1.000_001 + 1e-6, "{} of {}", count, most);
        }
    }
}
