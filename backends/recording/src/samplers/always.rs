//! All or nothing.

use crate::sampler::{Sampler, SamplingQuestion};

/// Records every trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Always;

impl Sampler for Always {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        true
    }
}

/// Records no trace, unless its caller or the application says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Never;

impl Sampler for Never {
    fn sample(&self, _: &SamplingQuestion<'_>) -> bool {
        false
    }
}
