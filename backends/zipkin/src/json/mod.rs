//! Zipkin v2 JSON, straight from a finished span into a byte buffer.

mod tags;
mod text;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use tracer_core::conventions::Conventions;
use tracer_core::{Endpoint, Kind, Sampling};
use tracer_recording::{Fields, FinishedSpan};

use text::{Escaped, lower, number, printed, string};

/// Writes spans as Zipkin's v2 JSON (`Span` of `zipkin2-api.yaml`), fields in that order, absent
/// ones left out.
///
/// ```
/// use tracer_recording::testing::SpanBuilder;
/// use tracer_zipkin::JsonEncoder;
///
/// let mut json = Vec::new();
/// JsonEncoder::new().encode(&SpanBuilder::new("job").local("Shop", None, None).view(), &mut json);
/// assert!(json.ends_with(br#""name":"job","duration":1,"localEndpoint":{"serviceName":"shop"}}"#));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonEncoder {
    conventions: Conventions,
}

impl JsonEncoder {
    /// An encoder that writes tags under OpenTracing's names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Under which names tags are written.
    pub fn conventions(mut self, conventions: Conventions) -> Self {
        self.conventions = conventions;
        self
    }

    /// Appends one span, an object. The list round it is the caller's: `[`, `,`, `]`.
    pub fn encode(&self, span: &FinishedSpan<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"traceId\":\"");
        out.extend_from_slice(span.trace_id().short_hex().as_bytes());
        if let Some(parent) = span.parent_id() {
            out.extend_from_slice(b"\",\"parentId\":\"");
            out.extend_from_slice(parent.hex().as_bytes());
        }
        out.extend_from_slice(b"\",\"id\":\"");
        out.extend_from_slice(span.span_id().hex().as_bytes());
        out.push(b'"');
        if let Some(kind) = kind(span.kind) {
            out.extend_from_slice(b",\"kind\":\"");
            out.extend_from_slice(kind);
            out.push(b'"');
        }
        if !span.name.is_empty() {
            out.extend_from_slice(b",\"name\":");
            string(out, span.name);
        }
        // Zipkin reads a zero as "not known".
        if span.start >= 1_000 {
            out.extend_from_slice(b",\"timestamp\":");
            number(out, span.start / 1_000);
        }
        out.extend_from_slice(b",\"duration\":");
        number(out, (span.duration / 1_000).max(1));
        // Written even when nothing is known: collectors behind a queue take a list with neither
        // endpoints nor tags for the v1 format.
        out.extend_from_slice(b",\"localEndpoint\":");
        endpoint(out, span.local.service, &span.local);
        let name = peer_name(span);
        if name.is_some() || span.remote.ip.is_some() || span.remote.port.is_some() {
            out.extend_from_slice(b",\"remoteEndpoint\":");
            endpoint(out, name, &span.remote);
        }
        annotations(out, span);
        tags::write(out, span, &self.conventions);
        if span.context.sampling() == Sampling::Debug {
            out.extend_from_slice(b",\"debug\":true");
        }
        if span.shared && span.kind == Kind::Server {
            out.extend_from_slice(b",\"shared\":true");
        }
        out.push(b'}');
    }
}

fn kind(kind: Kind) -> Option<&'static [u8]> {
    match kind {
        Kind::Local => None,
        Kind::Server => Some(b"SERVER"),
        Kind::Client => Some(b"CLIENT"),
        Kind::Producer => Some(b"PRODUCER"),
        Kind::Consumer => Some(b"CONSUMER"),
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

/// Between members: nothing before the first, a comma before each other.
fn next(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

fn endpoint(out: &mut Vec<u8>, name: Option<&str>, endpoint: &Endpoint<'_>) {
    let mut first = true;
    out.push(b'{');
    if let Some(name) = filled(name) {
        next(out, &mut first);
        out.extend_from_slice(b"\"serviceName\":");
        lower(out, name);
    }
    match endpoint.ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(ip)) if ip != Ipv4Addr::UNSPECIFIED => {
            next(out, &mut first);
            out.extend_from_slice(b"\"ipv4\":");
            printed(out, &ip);
        }
        Some(IpAddr::V6(ip)) if ip != Ipv6Addr::UNSPECIFIED => {
            next(out, &mut first);
            out.extend_from_slice(b"\"ipv6\":");
            printed(out, &ip);
        }
        _ => {}
    }
    if let Some(port) = endpoint.port.filter(|port| *port != 0) {
        next(out, &mut first);
        out.extend_from_slice(b"\"port\":");
        number(out, u64::from(port));
    }
    out.push(b'}');
}

fn annotations(out: &mut Vec<u8>, span: &FinishedSpan<'_>) {
    let mut first = true;
    for log in span.logs() {
        if log.fields.is_empty() {
            continue;
        }
        out.extend_from_slice(if first { b",\"annotations\":[" } else { b"," });
        first = false;
        out.extend_from_slice(b"{\"timestamp\":");
        number(out, log.time / 1_000);
        out.extend_from_slice(b",\"value\":\"");
        annotation(out, log.fields);
        out.extend_from_slice(b"\"}");
    }
    if !first {
        out.push(b']');
    }
}

/// The event's name if there is nothing else to say, otherwise every field.
fn annotation(out: &mut Vec<u8>, fields: Fields<'_>) {
    use std::fmt::Write;

    let mut out = Escaped(out);
    let mut entries = fields.iter();
    let (first, second) = (entries.next(), entries.next());
    // Writing to memory does not fail.
    let _ = match (first, second) {
        (Some(event), None) if event.key == "event" => write!(out, "{}", event.value),
        _ => fields.iter().enumerate().try_for_each(|(at, field)| {
            let space = if at == 0 { "" } else { " " };
            write!(out, "{space}{}={}", field.key, field.value)
        }),
    };
}
