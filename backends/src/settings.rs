//! What the variables say, apart from those of a single exporter.

use tracer_core::conventions::Conventions;
use tracer_recording::SpanLimits;
use tracer_recording::propagation::Format;

use crate::batch::Batching;
use crate::error::ConfigError;
use crate::exporters;
use crate::limits;
use crate::problems::Problems;
use crate::resource::Resource;
use crate::sampler::SamplerChoice;
use crate::vars::Vars;

const PROPAGATORS: &str = "OTEL_PROPAGATORS";

/// `None` and defaults where nothing is set.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) disabled: bool,
    pub(crate) exporters: Option<Vec<exporters::Name>>,
    pub(crate) sampler: Option<SamplerChoice>,
    pub(crate) propagators: Option<Vec<Format>>,
    pub(crate) resource: Resource,
    pub(crate) batching: Batching,
    pub(crate) limits: SpanLimits,
    pub(crate) conventions: Conventions,
}

impl Settings {
    pub(crate) fn read(vars: &Vars, problems: &mut Problems) -> Result<Self, ConfigError> {
        let propagators = propagators(vars);
        let propagators = problems.choice(propagators)?.flatten();
        let resource = Resource::read(vars, problems);
        if vars.flag("OTEL_SDK_DISABLED", problems) {
            // What is not used cannot be wrong.
            return Ok(Self {
                disabled: true,
                propagators,
                resource,
                ..Self::default()
            });
        }
        let sampler = SamplerChoice::read(vars, problems);
        Ok(Self {
            disabled: false,
            exporters: exporters::read(vars, problems)?,
            sampler: problems.choice(sampler)?.flatten(),
            propagators,
            resource,
            batching: Batching::read(vars, problems),
            limits: limits::read(vars, problems),
            conventions: conventions(vars),
        })
    }
}

fn conventions(vars: &Vars) -> Conventions {
    let chosen = vars.get("OTEL_SEMCONV_STABILITY_OPT_IN");
    chosen.map(Conventions::from_opt_in).unwrap_or_default()
}

fn propagators(vars: &Vars) -> Result<Option<Vec<Format>>, ConfigError> {
    let Some(value) = vars.list(PROPAGATORS) else {
        return Ok(None);
    };
    match Format::parse_list(value) {
        Ok(formats) => Ok(Some(formats)),
        Err(unknown) => Err(ConfigError::wrong(PROPAGATORS, value, &unknown.to_string())),
    }
}
