use tracer_opentelemetry::{zipkin, zipkin_trusting};

use crate::authorities;
use crate::error::ConfigError;
use crate::exporters::{Context, Planned, TIMEOUT};
use crate::problems::Problems;

const ENDPOINT: &str = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
const DEFAULT_ENDPOINT: &str = "http://localhost:9411/api/v2/spans";

pub(crate) fn plan(context: &Context<'_>, problems: &mut Problems) -> Result<Planned, ConfigError> {
    let vars = context.vars;
    let endpoint = vars.get(ENDPOINT).unwrap_or(DEFAULT_ENDPOINT);
    let exporter = match authorities::read(vars, &[], endpoint)? {
        Some(trusted) => zipkin_trusting(Some(endpoint), &trusted),
        None => zipkin(Some(endpoint)),
    };
    let exporter = exporter.map_err(|error| ConfigError::secret(ENDPOINT, error))?;
    let timeout = vars.millis("OTEL_EXPORTER_ZIPKIN_TIMEOUT", problems);
    Ok(Planned {
        exporter: Box::new(exporter),
        timeout: timeout.unwrap_or(TIMEOUT),
        interval: None,
    })
}
