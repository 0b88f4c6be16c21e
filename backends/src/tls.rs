//! What an exporter whose endpoint has TLS is to know: whom it trusts, and who it is.

use tracer_recording::{Authorities, Identity, Tls};

use crate::authorities;
use crate::error::ConfigError;
use crate::problems::Problems;
use crate::vars::Vars;

/// The variables that name an exporter's files, in each list the one that wins first. They win over those
/// of all exporters.
pub(crate) struct Files {
    pub(crate) trusted: &'static [&'static str],
    pub(crate) certificate: &'static [&'static str],
    pub(crate) key: &'static [&'static str],
}

/// Those of everything that Zipkin's endpoint counts for. OpenTelemetry has none; they are named as OTLP's.
#[cfg(any(feature = "zipkin", feature = "otel-zipkin"))]
pub(crate) const ZIPKIN: Files = Files {
    trusted: &["OTEL_EXPORTER_ZIPKIN_CERTIFICATE"],
    certificate: &["OTEL_EXPORTER_ZIPKIN_CLIENT_CERTIFICATE"],
    key: &["OTEL_EXPORTER_ZIPKIN_CLIENT_KEY"],
};

impl Files {
    /// Where nobody asks for certificates no file is opened, which is warned about.
    pub(crate) fn read(
        &self,
        vars: &Vars,
        endpoint: &str,
        problems: &mut Problems,
    ) -> Result<Tls, ConfigError> {
        if !Authorities::count_for(endpoint) {
            let names = [self.trusted, self.certificate, self.key].concat();
            for name in names.iter().filter(|name| vars.get(name).is_some()) {
                problems.warn(format!("{name}: the endpoint has no TLS; ignored"));
            }
            return Ok(Tls::default());
        }
        let get = |name: &str| vars.get(name).map(str::to_owned);
        let identity = Identity::from_variables(self.certificate, self.key, get);
        Ok(Tls {
            trusted: authorities::read(vars, self.trusted, endpoint)?,
            identity: identity
                .map_err(|error| ConfigError::wrong(error.name, &error.path, &error.why))?,
        })
    }
}
