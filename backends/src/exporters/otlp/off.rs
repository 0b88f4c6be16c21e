use crate::error::ConfigError;
use crate::exporters::{Context, Name, Planned, missing};
use crate::problems::Problems;

pub(crate) fn plan(_: &Context<'_>, _: &mut Problems) -> Result<Planned, ConfigError> {
    Err(missing(Name::Otlp, "otlp"))
}
