//! Whom an exporter of OTLP trusts.

use tracer_recording::Authorities;

use super::OtlpOptions;
use crate::config::ConfigError;

/// OpenTelemetry specification, "OTLP Exporter Configuration": the path of a file in PEM form.
const VARIABLES: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];

/// Those given, else those in the file that a variable names. Nobody where nothing is secure.
pub(super) fn authorities(
    options: &mut OtlpOptions,
    url: &str,
) -> Result<Option<Authorities>, ConfigError> {
    let given = options.trusted.take();
    if given.is_some() || !Authorities::count_for(url) {
        return Ok(given);
    }
    let named = |name| Some((name, options.variable(name)?));
    let Some((name, path)) = VARIABLES.into_iter().find_map(named) else {
        return Ok(None);
    };
    let read = Authorities::from_file(&path);
    read.map(Some)
        .map_err(|error| ConfigError::new(format_args!("{name}={path:?}: {error}")))
}
