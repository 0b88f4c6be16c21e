use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracer_recording::samplers::{Always, Ratio, Remote as Asking};
use tracer_recording::{Authorities, Sampler};

use crate::authorities;
use crate::error::ConfigError;
use crate::problems::Problems;
use crate::sampler::ARG;
use crate::vars::Vars;

const DEFAULT: &str = "http://localhost:5778/api/sampling";

/// What the argument says: `endpoint=…,pollingIntervalMs=…,initialSamplingRate=…`.
#[derive(Clone, PartialEq)]
pub(crate) struct Remote {
    endpoint: String,
    interval: Option<Duration>,
    initial: Option<Ratio>,
    trusted: Option<Authorities>,
}

impl Remote {
    pub(crate) fn read(vars: &Vars, _: &str, problems: &mut Problems) -> Result<Self, ConfigError> {
        let mut remote = Self {
            endpoint: DEFAULT.to_owned(),
            interval: None,
            initial: None,
            trusted: None,
        };
        let all = vars.get(ARG).unwrap_or_default();
        // Of a key or a password a part may stand behind a comma.
        let may_be_secret = all.contains(['?', '@']);
        let items = all.split(',').map(str::trim);
        for item in items.filter(|item| !item.is_empty()) {
            if let Err(key) = remote.take(item, problems) {
                let shown = item.contains('=') && !may_be_secret;
                let why = "none of endpoint, pollingIntervalMs, initialSamplingRate; ignored";
                problems.ignored(ARG, if shown { key } else { "…" }, why);
            }
        }
        authorities::compiled_in(ARG, &remote.endpoint, &["https"])?;
        if let Err(error) = Asking::builder(&remote.endpoint, "") {
            return Err(ConfigError::secret(ARG, error));
        }
        remote.trusted = authorities::read(vars, &[], &remote.endpoint)?;
        Ok(remote)
    }

    /// Fails with what nobody knows.
    fn take<'i>(&mut self, item: &'i str, problems: &mut Problems) -> Result<(), &'i str> {
        let (key, value) = item.split_once('=').unwrap_or((item, ""));
        match (key.trim(), value.trim()) {
            // Whatever stands in its query.
            (key, _) if key.contains("://") => self.endpoint = item.to_owned(),
            ("endpoint", value) => self.endpoint = value.to_owned(),
            (key @ "pollingIntervalMs", value) => {
                let millis = value.parse().ok().filter(|millis| *millis > 0);
                self.interval = millis.map(Duration::from_millis);
                if self.interval.is_none() {
                    let why = format!("{key}: not a whole number of at least 1; ignored");
                    problems.no_number(ARG, value, &why);
                }
            }
            (key @ "initialSamplingRate", value) => {
                let ratio = value.parse().ok();
                self.initial = ratio.and_then(|ratio| Ratio::new(ratio).ok());
                if self.initial.is_none() {
                    let why = format!("{key}: not a number from 0 to 1; ignored");
                    problems.no_number(ARG, value, &why);
                }
            }
            (key, _) => return Err(key),
        }
        Ok(())
    }

    pub(crate) fn sampler(&self, service: &str) -> Arc<dyn Sampler> {
        let Ok(mut asking) = Asking::builder(&self.endpoint, service) else {
            // Not reached: the endpoint was checked when it was read.
            return Arc::new(Always);
        };
        if let Some(interval) = self.interval {
            asking = asking.interval(interval);
        }
        if let Some(initial) = self.initial {
            asking = asking.initial(initial);
        }
        if let Some(trusted) = &self.trusted {
            asking = asking.trust(trusted);
        }
        Arc::new(asking.start())
    }

    /// The endpoint without credentials.
    pub(crate) fn describe(&self) -> String {
        let asking = Asking::builder(&self.endpoint, "");
        asking.map_or_else(|error| error.to_string(), |asking| asking.describe())
    }
}

impl fmt::Debug for Remote {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote")
            .field("endpoint", &self.describe())
            .field("interval", &self.interval)
            .field("initial", &self.initial)
            .field("trusted", &self.trusted)
            .finish()
    }
}
