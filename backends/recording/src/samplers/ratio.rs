//! A share of all traces.

use super::InvalidSampler;
use crate::sampler::{Sampler, SamplingQuestion};

/// Records a share of all traces, chosen by the trace id: every service with the same ratio gives
/// the same answer for a trace, and one with a higher ratio records what one with a lower does.
///
/// OpenTelemetry's `TraceIdRatioBased`: it compares the upper 63 of the lower 64 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    ratio: f64,
    bound: u64,
}

impl Ratio {
    /// From 0 (none) to 1 (all).
    ///
    /// # Errors
    ///
    /// [`InvalidSampler`] for any other number.
    pub fn new(ratio: f64) -> Result<Self, InvalidSampler> {
        if (0.0..=1.0).contains(&ratio) {
            // 1.0 gives 2^63, above every id.
            let bound = (ratio * (1_u64 << 63) as f64) as u64;
            Ok(Self { ratio, bound })
        } else {
            Err(InvalidSampler::ratio(ratio))
        }
    }

    /// The share.
    pub const fn ratio(&self) -> f64 {
        self.ratio
    }
}

impl Sampler for Ratio {
    #[inline]
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        question.trace_id.low() >> 1 < self.bound
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tracer_core::{Kind, Name, TraceId};

    use super::*;

    fn sample(ratio: f64, high: u64, low: u64) -> bool {
        let trace = TraceId::from_halves(high, low).unwrap();
        let question = SamplingQuestion::new(trace, Name::Text("a"), Kind::Server);
        Ratio::new(ratio).unwrap().sample(&question)
    }

    #[test]
    fn what_is_no_share_is_an_error_that_says_so() {
        for wrong in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
            assert!(Ratio::new(wrong).is_err());
        }
        let error = Ratio::new(1.5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a sampling ratio is from 0 to 1, not 1.5"
        );
    }

    #[test]
    fn half_is_decided_by_the_top_bit() {
        let top = 1 << 63;
        assert!(sample(0.5, 9, top - 1) && !sample(0.5, 9, top));
        assert!(sample(1.0, 9, u64::MAX));
        assert!(!sample(0.0, 9, 0) && !sample(0.0, 9, 1));
    }

    #[test]
    fn of_many_random_traces_about_the_share_is_recorded() {
        for ratio in [0.01, 0.25, 0.9] {
            let traces = 50_000;
            let sampled = (0..traces)
                .filter(|_| sample(ratio, 0, TraceId::random(false).low()))
                .count();
            let share = sampled as f64 / f64::from(traces);
            assert!((share - ratio).abs() < 0.02, "{share} of {ratio}");
        }
    }

    proptest! {
        #[test]
        fn the_upper_half_of_an_id_means_nothing(ratio in 0.0..=1.0, high: u64, low in 1_u64..) {
            prop_assert_eq!(sample(ratio, high, low), sample(ratio, 0, low));
        }

        #[test]
        fn a_higher_ratio_records_all_that_a_lower_one_does(
            one in 0.0..=1.0,
            other in 0.0..=1.0,
            low in 1_u64..,
        ) {
            let (less, more) = if one < other { (one, other) } else { (other, one) };
            prop_assert!(!sample(less, 0, low) || sample(more, 0, low));
        }

        #[test]
        fn all_and_none_are_exact(high: u64, low in 1_u64..) {
            prop_assert!(sample(1.0, high, low));
            prop_assert!(!sample(0.0, high, low));
        }
    }
}
