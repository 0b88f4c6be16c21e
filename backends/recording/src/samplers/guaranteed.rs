//! A share, but never nothing.

use super::{InvalidSampler, RateLimited, Ratio};
use crate::clock::Clock;
use crate::sampler::{Sampler, SamplingQuestion};

/// A share of all traces, and so many a second even if the share is none of them: Jaeger's
/// guaranteed-throughput sampler.
#[derive(Debug)]
pub struct GuaranteedThroughput {
    ratio: Ratio,
    at_least: RateLimited,
}

impl GuaranteedThroughput {
    /// A share, and the traces per second that are recorded where it gives fewer.
    ///
    /// # Errors
    ///
    /// [`InvalidSampler`] for a rate that is negative or not finite.
    pub fn new(ratio: Ratio, at_least: f64) -> Result<Self, InvalidSampler> {
        Ok(Self {
            ratio,
            at_least: RateLimited::per_second(at_least)?,
        })
    }

    /// With another share, and what is left of the guarantee.
    #[cfg(feature = "remote-sampling")]
    pub(super) fn continued(&self, ratio: Ratio) -> Self {
        Self {
            ratio,
            at_least: self.at_least.continued(),
        }
    }

    #[cfg(feature = "remote-sampling")]
    pub(super) const fn ratio(&self) -> Ratio {
        self.ratio
    }

    /// The clock, for tests.
    #[must_use]
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        Self {
            at_least: self.at_least.clock(clock),
            ..self
        }
    }
}

impl Sampler for GuaranteedThroughput {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        if self.ratio.sample(question) {
            // What the share gives counts towards the guarantee.
            self.at_least.take();
            true
        } else {
            self.at_least.take()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tracer_core::{Kind, Name, TraceId};

    use super::*;
    use crate::clock::ManualClock;

    fn of(ratio: f64, clock: &ManualClock) -> GuaranteedThroughput {
        let ratio = Ratio::new(ratio).unwrap();
        let sampler = GuaranteedThroughput::new(ratio, 1.0).unwrap();
        sampler.clock(clock.clone())
    }

    fn ask(sampler: &GuaranteedThroughput, low: u64) -> bool {
        let trace = TraceId::from_halves(0, low).unwrap();
        sampler.sample(&SamplingQuestion::new(trace, Name::Text("a"), Kind::Server))
    }

    #[test]
    fn one_a_second_is_recorded_though_the_share_is_none() {
        let clock = ManualClock::default();
        let sampler = of(0.0, &clock);
        assert!(ask(&sampler, 1) && !ask(&sampler, 1));
        clock.advance(Duration::from_secs(1));
        assert!(ask(&sampler, 1) && !ask(&sampler, 1));
    }

    #[test]
    fn what_the_share_gives_counts_towards_it() {
        let sampler = of(0.5, &ManualClock::default());
        let (inside, outside) = (1, u64::MAX);
        assert!(ask(&sampler, inside) && !ask(&sampler, outside));
        assert!(ask(&sampler, inside), "the share is not limited");
    }
}
