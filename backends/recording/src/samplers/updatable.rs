//! A sampler that can be replaced while it is in use.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::sampler::{Sampler, SamplingQuestion};

/// Asks the sampler that it was last given: for sampling that is told from outside. Clones share
/// it: one goes to the tracer, one stays with whoever replaces it.
///
/// ```
/// use tracer_recording::samplers::{Always, Never, Updatable};
/// use tracer_recording::{NullReporter, RecordingTracer};
///
/// let sampler = Updatable::new(Always);
/// let tracer = RecordingTracer::builder("shop", NullReporter).sampler(sampler.clone()).build();
/// sampler.replace(Never);
/// ```
#[derive(Clone)]
pub struct Updatable(Arc<RwLock<Arc<dyn Sampler>>>);

impl Updatable {
    /// With a sampler to begin with.
    pub fn new(sampler: impl Sampler + 'static) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(sampler))))
    }

    /// Decisions from now on are this sampler's.
    pub fn replace(&self, sampler: impl Sampler + 'static) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, Arc::new(sampler));
        drop(current);
        // Foreign code, if this was its last holder.
        drop(old);
    }

    fn current(&self) -> Arc<dyn Sampler> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Sampler for Updatable {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        self.current().sample(question)
    }

    fn overrules_caller(&self) -> bool {
        self.current().overrules_caller()
    }
}

impl fmt::Debug for Updatable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Updatable").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tracer_core::{Kind, Name, TraceId};

    use super::*;
    use crate::samplers::{Always, IgnoringCaller, Never};

    #[test]
    fn the_sampler_given_last_decides() {
        let sampler = Updatable::new(Always);
        let used = sampler.clone();
        let ask = || {
            let trace = TraceId::random(true);
            used.sample(&SamplingQuestion::new(trace, Name::Text("a"), Kind::Server))
        };
        assert!(ask() && !used.overrules_caller());
        sampler.replace(IgnoringCaller(Never));
        assert!(!ask() && used.overrules_caller());
    }
}
