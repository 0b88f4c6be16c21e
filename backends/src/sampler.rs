//! Who decides about new traces: `OTEL_TRACES_SAMPLER` and its argument.

use std::fmt;
use std::sync::Arc;

use tracer_recording::Sampler;
use tracer_recording::samplers::{Always, IgnoringCaller, Never, Ratio};

use crate::error::ConfigError;
use crate::problems::Problems;
use crate::remote_sampling::Remote;
use crate::vars::Vars;

pub(crate) const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
pub(crate) const ARG: &str = "OTEL_TRACES_SAMPLER_ARG";
const ALLOWED: [&str; 8] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
    "jaeger_remote",
    "parentbased_jaeger_remote",
];

/// A sampler by name. Without `parentbased_` it decides against the caller's flag, except debug.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SamplerChoice {
    rule: Rule,
    parent_based: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Rule {
    On,
    Off,
    /// Without a share, or with a wrong one, every trace is recorded, as OpenTelemetry has it.
    Ratio(Option<Ratio>),
    Remote(Remote),
}

impl Default for SamplerChoice {
    fn default() -> Self {
        Self {
            rule: Rule::On,
            parent_based: true,
        }
    }
}

impl SamplerChoice {
    /// `None` if nothing is set.
    pub(crate) fn read(vars: &Vars, problems: &mut Problems) -> Result<Option<Self>, ConfigError> {
        let Some(value) = vars.get(SAMPLER) else {
            if vars.get(ARG).is_some() {
                // It may hold the password of an endpoint.
                problems.warn(format!("{ARG}: not used without {SAMPLER}"));
            }
            return Ok(None);
        };
        let name = value.to_ascii_lowercase();
        let (base, parent_based) = match name.strip_prefix("parentbased_") {
            Some(base) => (base, true),
            None => (&*name, false),
        };
        let rule = match base {
            "always_on" => Rule::On,
            "always_off" => Rule::Off,
            "traceidratio" => Rule::Ratio(ratio(vars, problems)),
            "jaeger_remote" => Rule::Remote(Remote::read(vars, value, problems)?),
            _ => return Err(ConfigError::unknown(SAMPLER, value, &ALLOWED)),
        };
        Ok(Some(Self { rule, parent_based }))
    }

    /// For the service of this name.
    pub(crate) fn sampler(&self, service: &str) -> Arc<dyn Sampler> {
        match &self.rule {
            Rule::On | Rule::Ratio(None) => self.aware(Always),
            Rule::Off => self.aware(Never),
            Rule::Remote(remote) => self.aware(remote.sampler(service)),
            Rule::Ratio(Some(ratio)) => self.aware(*ratio),
        }
    }

    fn aware(&self, sampler: impl Sampler + 'static) -> Arc<dyn Sampler> {
        if self.parent_based {
            Arc::new(sampler)
        } else {
            Arc::new(IgnoringCaller(sampler))
        }
    }
}

/// The share of traces to record.
fn ratio(vars: &Vars, problems: &mut Problems) -> Option<Ratio> {
    let value = vars.get(ARG)?;
    let ratio = value.parse().ok().and_then(|share| Ratio::new(share).ok());
    if ratio.is_none() {
        problems.no_number(ARG, value, "not a number from 0 to 1; taken as 1");
    }
    ratio
}

impl fmt::Display for SamplerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parent_based {
            f.write_str("parentbased_")?;
        }
        match &self.rule {
            Rule::On => f.write_str("always_on"),
            Rule::Off => f.write_str("always_off"),
            Rule::Ratio(ratio) => {
                write!(
                    f,
                    "traceidratio({})",
                    ratio.map_or(1.0, |ratio| ratio.ratio())
                )
            }
            Rule::Remote(remote) => write!(f, "jaeger_remote({})", remote.describe()),
        }
    }
}
