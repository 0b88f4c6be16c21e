//! What goes with each batch beside the exporter's own headers.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use tracer_core::percent::decode_strict;

use super::OtlpOptions;
use super::variables::HEADERS;
use crate::config::ConfigError;

/// These, those of a variable, and those that were said; each in the place of one before it.
///
/// Read here, because the exporter behind this lets variables win over what is said, and takes an
/// empty one for a set one.
pub(super) fn headers(
    mut headers: HeaderMap,
    options: &OtlpOptions,
) -> Result<HeaderMap, ConfigError> {
    let set = |name| Some((name, options.variable(name)?));
    let mut lists = HEADERS.into_iter().filter_map(set);
    if let Some((variable, list)) = lists.find(|(_, list)| members(list).next().is_some()) {
        for header in listed(&list) {
            match header {
                Ok((name, value)) => drop(headers.insert(name, value)),
                Err(wrong) => log::warn!("{variable}: {wrong}"),
            }
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

/// A member of a list that is no header. Says where it stands, not what: it may be secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoHeader {
    number: usize,
}

impl fmt::Display for NoHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {} is no header; left out", self.number)
    }
}

impl std::error::Error for NoHeader {}

impl OtlpOptions {
    /// As [`header`](Self::header), for each in a value of [`HEADERS`]; tells of what is none. For the
    /// crates beside this one.
    #[doc(hidden)]
    pub fn listed_headers(mut self, list: &str, mut wrong: impl FnMut(NoHeader)) -> Self {
        for header in listed(list) {
            match header {
                Ok((name, value)) => {
                    let value = String::from_utf8_lossy(value.as_bytes());
                    self = self.header(name.as_str(), value);
                }
                Err(none) => wrong(none),
            }
        }
        self
    }
}

/// What is between commas, and its number.
fn members(list: &str) -> impl Iterator<Item = (usize, &str)> {
    let members = list.split(',').map(str::trim).zip(1..);
    members
        .filter(|(member, _)| !member.is_empty())
        .map(|(member, number)| (number, member))
}

fn listed(list: &str) -> impl Iterator<Item = Result<(HeaderName, HeaderValue), NoHeader>> {
    members(list).map(|(number, member)| {
        let header = member.split_once('=').and_then(header);
        header.ok_or(NoHeader { number })
    })
}

/// The value may be percent-encoded: what is not goes as it is.
fn header((name, value): (&str, &str)) -> Option<(HeaderName, HeaderValue)> {
    let value = value.trim();
    let decoded = decode_strict(value);
    let value = HeaderValue::from_str(decoded.as_deref().unwrap_or(value));
    Some((name.trim().parse().ok()?, value.ok()?))
}
