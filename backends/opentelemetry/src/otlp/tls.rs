//! Whom an exporter of OTLP trusts, and who it is.

use tracer_recording::{Authorities, Identity, Tls, shown_path};

use super::OtlpOptions;
use super::variables::{CERTIFICATE, CLIENT_CERTIFICATE, CLIENT_KEY};
use crate::config::ConfigError;

/// What is given, else what is in the files that variables name. Nothing where nothing is secure.
pub(super) fn read(options: &mut OtlpOptions, url: &str) -> Result<Tls, ConfigError> {
    let mut tls = std::mem::take(&mut options.tls);
    if Authorities::count_for(url) {
        if tls.trusted.is_none() {
            tls.trusted = authorities(options)?;
        }
        if tls.identity.is_none() {
            tls.identity = identity(options)?;
        }
    }
    Ok(tls)
}

fn authorities(options: &OtlpOptions) -> Result<Option<Authorities>, ConfigError> {
    let named = |name| Some((name, options.variable(name)?));
    let Some((name, path)) = CERTIFICATE.into_iter().find_map(named) else {
        return Ok(None);
    };
    let read = Authorities::from_file(&path);
    read.map(Some)
        .map_err(|error| wrong(name, shown_path(&path), error))
}

fn identity(options: &OtlpOptions) -> Result<Option<Identity>, ConfigError> {
    let get = |name: &str| options.variable(name);
    Identity::from_variables(&CLIENT_CERTIFICATE, &CLIENT_KEY, get)
        .map_err(|error| wrong(error.name, &error.path, error.why))
}

fn wrong(name: &str, path: &str, why: impl std::fmt::Display) -> ConfigError {
    ConfigError::new(format_args!("{name}={path:?}: {why}"))
}
