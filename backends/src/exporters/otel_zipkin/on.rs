use tracer_opentelemetry::zipkin_within;

use crate::authorities;
use crate::error::ConfigError;
use crate::exporters::{Context, Planned, TIMEOUT, unquoted};
use crate::problems::Problems;
use crate::tls;

const ENDPOINT: &str = "OTEL_EXPORTER_ZIPKIN_ENDPOINT";
const DEFAULT_ENDPOINT: &str = "http://localhost:9411/api/v2/spans";

pub(crate) fn plan(context: &Context<'_>, problems: &mut Problems) -> Result<Planned, ConfigError> {
    let vars = context.vars;
    let endpoint = vars.get(ENDPOINT).unwrap_or(DEFAULT_ENDPOINT);
    unquoted(ENDPOINT, endpoint)?;
    authorities::compiled_in(ENDPOINT, endpoint, &["https"])?;
    let tls = tls::ZIPKIN.read(vars, endpoint, problems)?;
    let timeout = vars.millis("OTEL_EXPORTER_ZIPKIN_TIMEOUT", problems);
    let timeout = timeout.unwrap_or(TIMEOUT);
    let exporter = zipkin_within(endpoint, &tls, timeout);
    let exporter = exporter.map_err(|error| ConfigError::secret(ENDPOINT, error))?;
    Ok(Planned {
        exporter: Box::new(exporter),
        timeout,
        interval: None,
    })
}
