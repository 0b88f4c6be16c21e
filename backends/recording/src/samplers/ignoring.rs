//! Against the caller.

use crate::sampler::{Sampler, SamplingQuestion};

/// Asks a sampler even where the caller has decided (all but debug), as OpenTelemetry's samplers
/// without `parentbased_` in their names do. Traces are torn apart by it: use it at the edge of a
/// system whose callers are not trusted. A caller is who sent what `continues` is given; a context
/// given to `child_of` or `follows_from` counts as this process's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct IgnoringCaller<S>(
    /// Who is asked.
    pub S,
);

impl<S: Sampler> Sampler for IgnoringCaller<S> {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        self.0.sample(question)
    }

    fn overrules_caller(&self) -> bool {
        true
    }
}
