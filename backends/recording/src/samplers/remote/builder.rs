//! How a remote sampler is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Remote;
use super::fetch::Source;
use super::poll::{self, Alive};
use crate::authorities::Authorities;
use crate::collector::WrongUrl;
use crate::identity::Identity;
use crate::sampler::Sampler;
use crate::samplers::{Ratio, Updatable};

/// What Jaeger's clients do until they are told.
const INITIAL: f64 = 0.001;

/// Builds a [`Remote`].
#[must_use]
pub struct RemoteBuilder {
    source: Source,
    initial: Option<Arc<dyn Sampler>>,
    interval: Duration,
}

impl RemoteBuilder {
    pub(super) fn new(endpoint: &str, service: &str) -> Result<Self, InvalidEndpoint> {
        Ok(Self {
            source: Source::new(endpoint, service).map_err(InvalidEndpoint)?,
            initial: None,
            interval: Duration::from_secs(60),
        })
    }

    /// What samples until the first answer. One trace in a thousand unless set.
    pub fn initial(mut self, sampler: impl Sampler + 'static) -> Self {
        self.initial = Some(Arc::new(sampler));
        self
    }

    /// How long to wait between two questions. 60 s unless set; at least 10 ms.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(Duration::from_millis(10));
        self
    }

    /// How long one question may take. 5 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.source.timeout = timeout;
        self
    }

    /// Trusts these authorities, in the place of the public ones, where the endpoint is `https`.
    pub fn trust(mut self, authorities: &Authorities) -> Self {
        self.source.trust(authorities);
        self
    }

    /// Shows this identity where the endpoint is `https` and asks for one.
    pub fn identity(mut self, identity: &Identity) -> Self {
        self.source.identity(identity);
        self
    }

    /// Where it asks, for log lines: without credentials.
    pub fn describe(&self) -> String {
        self.source.describe()
    }

    /// The sampler, and the thread that asks, at once. Without a thread, which is logged, the
    /// initial sampler stays.
    pub fn start(self) -> Remote {
        let sampler = match (self.initial, Ratio::new(INITIAL)) {
            (Some(initial), _) => Updatable::new(initial),
            (None, Ok(ratio)) => Updatable::new(ratio),
            // Not reached: it is a ratio.
            (None, Err(_)) => Updatable::new(crate::samplers::Never),
        };
        let alive = Arc::new(Alive::new(self.source.describe()));
        poll::spawn(self.source, sampler.clone(), self.interval, &alive);
        Remote { sampler, alive }
    }
}

impl fmt::Debug for RemoteBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteBuilder")
            .field("from", &self.source.describe())
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

const LIKE: &str = "http://localhost:5778/api/sampling";

/// Nothing can be asked there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidEndpoint(WrongUrl);

impl fmt::Display for InvalidEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.0.told(LIKE, "tracer-recording");
        write!(f, "sampling endpoint: {told}")
    }
}

impl std::error::Error for InvalidEndpoint {}
