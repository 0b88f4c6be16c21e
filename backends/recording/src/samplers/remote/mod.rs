//! A sampler that a collector tells what to do.

mod builder;
mod fetch;
mod poll;
mod strategy;

use std::fmt;
use std::sync::Arc;

use super::Updatable;
use crate::sampler::{Sampler, SamplingQuestion};

pub use builder::{InvalidEndpoint, RemoteBuilder};

/// Asks a Jaeger collector how to sample, again and again, and samples as it was told last.
///
/// A thread of its own asks; until the first answer, and whenever none comes, the sampler stays what
/// it was. The first failure is logged, and the recovery. The thread ends when the last clone is
/// gone. Strategies are a share, a rate, or a share for each operation, as Jaeger 1 and Jaeger 2
/// write them.
///
/// ```no_run
/// use std::time::Duration;
/// use tracer_recording::samplers::{Ratio, Remote};
/// use tracer_recording::{NullReporter, RecordingTracer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sampler = Remote::builder("http://localhost:5778/api/sampling", "shop")?
///     .initial(Ratio::new(0.01)?)
///     .interval(Duration::from_secs(30))
///     .start();
/// let tracer = RecordingTracer::builder("shop", NullReporter).sampler(sampler).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Remote {
    sampler: Updatable,
    /// Tells the thread, by its absence, that nobody samples any more.
    alive: Arc<poll::Alive>,
}

impl Remote {
    /// A sampler that asks at `endpoint` for the strategy of `service`.
    ///
    /// Without a path, `/api/sampling` is asked.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint`] if it is no URL of HTTP with a host.
    pub fn builder(endpoint: &str, service: &str) -> Result<RemoteBuilder, InvalidEndpoint> {
        RemoteBuilder::new(endpoint, service)
    }
}

impl Sampler for Remote {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        self.sampler.sample(question)
    }

    fn overrules_caller(&self) -> bool {
        self.sampler.overrules_caller()
    }
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("from", &self.alive.endpoint())
            .finish_non_exhaustive()
    }
}
