//! What Zipkin's model makes of a finished span: the rules that both encodings share.

mod annotation;
mod tags;

use std::borrow::Cow;
use std::net::IpAddr;

use tracer_core::{Endpoint, Kind, Sampling};
use tracer_recording::FinishedSpan;

pub(crate) use annotation::Annotation;
pub(crate) use tags::{TagSink, are_alike, write as write_tags, write_alike};

/// The start in microseconds since the epoch; nothing for zero, which Zipkin reads as "not known".
pub(crate) fn timestamp(span: &FinishedSpan<'_>) -> Option<u64> {
    Some(span.start / 1_000).filter(|micros| *micros > 0)
}

/// The duration in microseconds, never nothing.
pub(crate) fn duration(span: &FinishedSpan<'_>) -> u64 {
    (span.duration / 1_000).max(1)
}

pub(crate) fn is_debug(span: &FinishedSpan<'_>) -> bool {
    span.context.sampling() == Sampling::Debug
}

pub(crate) fn is_shared(span: &FinishedSpan<'_>) -> bool {
    span.shared && span.kind == Kind::Server
}

/// True if something stands between the local end and the tags.
#[inline]
pub(crate) fn has_more(span: &FinishedSpan<'_>) -> bool {
    !span.remote.is_empty() || span.logs().next().is_some()
}

/// One side of a call, as far as there is something to say.
pub(crate) struct Side<'a> {
    /// In lower case.
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) port: Option<u16>,
}

impl<'a> Side<'a> {
    /// The service itself. Written even when nothing is known: collectors behind a queue take a
    /// list with neither endpoints nor tags for the v1 format.
    pub(crate) fn local(span: &FinishedSpan<'a>) -> Self {
        Self::new(filled(span.local.service), &span.local)
    }

    /// The other side, if anything is known of it.
    #[inline]
    pub(crate) fn remote(span: &FinishedSpan<'a>) -> Option<Self> {
        if span.remote.is_empty() {
            return None;
        }
        let side = Self::new(peer_name(span), &span.remote);
        let known = side.name.is_some() || side.ip.is_some() || side.port.is_some();
        known.then_some(side)
    }

    fn new(name: Option<&'a str>, endpoint: &Endpoint<'_>) -> Self {
        let ip = endpoint.ip.map(|ip| ip.to_canonical());
        Self {
            name: name.map(lower),
            ip: ip.filter(|ip| !ip.is_unspecified()),
            port: endpoint.port.filter(|port| *port != 0),
        }
    }
}

/// The name of the other side. A host stands in for the service that nobody named, so that there
/// is an edge to it; not for a caller, which names itself in its own spans.
fn peer_name<'a>(span: &FinishedSpan<'a>) -> Option<&'a str> {
    let host = span.remote.host.filter(|_| span.kind != Kind::Server);
    filled(span.remote.service).or(filled(host))
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn lower(text: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if text.bytes().all(is_lower) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_is_not_only_ascii() {
        assert_eq!(lower("Bücher-ÄPI"), "bücher-äpi");
        // A title-case letter is neither upper nor lower.
        assert_eq!(lower("ǅ"), "ǆ");
        assert!(matches!(lower("stock-db.1"), Cow::Borrowed(_)));
    }
}
