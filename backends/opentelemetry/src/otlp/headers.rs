//! What goes with each batch beside the exporter's own headers.

use http::{HeaderMap, HeaderName, HeaderValue};
use tracer_core::percent::decode_strict;

use super::OtlpOptions;
use super::variables::HEADERS;
use crate::config::ConfigError;

/// Those of a variable, and those that were said in their place or beside them.
///
/// Read here, because the exporter behind this lets variables win over what is said, and takes an
/// empty one for a set one.
pub(super) fn headers(options: &OtlpOptions) -> Result<HeaderMap, ConfigError> {
    let mut headers = HeaderMap::new();
    let list = HEADERS.into_iter().find_map(|name| options.variable(name));
    for pair in list.iter().flat_map(|list| list.split(',')) {
        if let Some((name, value)) = pair.split_once('=').and_then(header) {
            headers.insert(name, value);
        }
    }
    for (name, value) in &options.headers {
        let fail = |what| ConfigError::new(format_args!("header {name:?}: no header's {what}"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fail("name"))?;
        let value = HeaderValue::from_str(value).map_err(|_| fail("value"))?;
        headers.insert(key, value);
    }
    headers
        .values_mut()
        .for_each(|value| value.set_sensitive(true));
    Ok(headers)
}

/// A pair of a variable, whose value may be percent-encoded. What is no header is left out.
fn header((name, value): (&str, &str)) -> Option<(HeaderName, HeaderValue)> {
    let value = value.trim();
    let decoded = decode_strict(value);
    let value = HeaderValue::from_str(decoded.as_deref().unwrap_or(value));
    Some((name.trim().parse().ok()?, value.ok()?))
}
