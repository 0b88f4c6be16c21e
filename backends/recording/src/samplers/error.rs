//! What a sampler cannot be.

use std::error::Error;
use std::fmt;

/// A ratio or a rate that makes no sense.
#[derive(Clone, Debug, PartialEq)]
pub struct InvalidSampler(Cause);

#[derive(Clone, Debug, PartialEq)]
enum Cause {
    Ratio(f64),
    Rate(f64),
}

impl InvalidSampler {
    pub(super) const fn ratio(value: f64) -> Self {
        Self(Cause::Ratio(value))
    }

    pub(super) const fn rate(value: f64) -> Self {
        Self(Cause::Rate(value))
    }
}

impl fmt::Display for InvalidSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Cause::Ratio(value) => write!(f, "a sampling ratio is from 0 to 1, not {value}"),
            Cause::Rate(value) => write!(
                f,
                "a rate of traces per second is zero or a finite number above, not {value}"
            ),
        }
    }
}

impl Error for InvalidSampler {}
