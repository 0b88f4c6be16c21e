//! Whom the clients of `https` endpoints trust.

use tracer_recording::Authorities;

use crate::error::ConfigError;
use crate::vars::Vars;

/// The path of a file in PEM form, as OpenSSL, curl and others read it.
pub(crate) const FILE: &str = "SSL_CERT_FILE";

/// The authorities in the file that one of these variables names, else `SSL_CERT_FILE`. None, so that
/// the public ones are trusted, if none is set, and where nobody asks: the endpoint is not `https`.
pub(crate) fn read(
    vars: &Vars,
    names: &[&'static str],
    endpoint: &str,
) -> Result<Option<Authorities>, ConfigError> {
    if !Authorities::count_for(endpoint) {
        return Ok(None);
    }
    let names = names.iter().copied().chain([FILE]);
    let mut set = names.filter_map(|name| Some((name, vars.get(name)?)));
    let Some((name, path)) = set.next() else {
        return Ok(None);
    };
    let wrong = |error| ConfigError::wrong(name, path, &format!("{error}"));
    Authorities::from_file(path).map(Some).map_err(wrong)
}
