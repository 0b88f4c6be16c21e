//! Zipkin v2 JSON, straight from a finished span into a byte buffer.

mod text;

use std::fmt;
use std::net::IpAddr;

use tracer_core::conventions::Conventions;
use tracer_core::{Key, Kind};
use tracer_recording::FinishedSpan;

use crate::model::{self, Annotation, Side, TagSink};
use text::{address, integer, number, printed, string};

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
        if let Some(micros) = model::timestamp(span) {
            out.extend_from_slice(b",\"timestamp\":");
            number(out, micros);
        }
        out.extend_from_slice(b",\"duration\":");
        number(out, model::duration(span));
        out.extend_from_slice(b",\"localEndpoint\":");
        endpoint(out, &Side::local(span));
        if let Some(remote) = Side::remote(span) {
            out.extend_from_slice(b",\"remoteEndpoint\":");
            endpoint(out, &remote);
        }
        annotations(out, span);
        tags(out, span, &self.conventions);
        if model::is_debug(span) {
            out.extend_from_slice(b",\"debug\":true");
        }
        if model::is_shared(span) {
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

/// Between members: nothing before the first, a comma before each other.
fn next(out: &mut Vec<u8>, first: &mut bool) {
    if !std::mem::take(first) {
        out.push(b',');
    }
}

fn endpoint(out: &mut Vec<u8>, side: &Side<'_>) {
    let mut first = true;
    out.push(b'{');
    if let Some(name) = &side.name {
        next(out, &mut first);
        out.extend_from_slice(b"\"serviceName\":");
        string(out, name);
    }
    if let Some(ip) = side.ip {
        next(out, &mut first);
        out.extend_from_slice(match ip {
            IpAddr::V4(_) => b"\"ipv4\":",
            IpAddr::V6(_) => b"\"ipv6\":",
        });
        address(out, ip);
    }
    if let Some(port) = side.port {
        next(out, &mut first);
        out.extend_from_slice(b"\"port\":");
        number(out, u64::from(port));
    }
    out.push(b'}');
}

fn annotations(out: &mut Vec<u8>, span: &FinishedSpan<'_>) {
    let mut first = true;
    for annotation in Annotation::of(span) {
        out.extend_from_slice(if first { b",\"annotations\":[" } else { b"," });
        first = false;
        out.extend_from_slice(b"{\"timestamp\":");
        number(out, annotation.timestamp);
        out.extend_from_slice(b",\"value\":");
        printed(out, &annotation);
        out.push(b'}');
    }
    if !first {
        out.push(b']');
    }
}

/// The member `tags`, if there is one to write.
fn tags(out: &mut Vec<u8>, span: &FinishedSpan<'_>, conventions: &Conventions) {
    let before = out.len();
    out.extend_from_slice(b",\"tags\":{");
    let mut members = Members { out, first: true };
    model::write_tags(&mut members, span, conventions);
    if members.first {
        out.truncate(before);
    } else {
        out.push(b'}');
    }
}

struct Members<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl Members<'_> {
    fn key(&mut self, key: Key<'_>) {
        next(self.out, &mut self.first);
        string(self.out, &key);
        self.out.push(b':');
    }
}

impl TagSink for Members<'_> {
    fn text(&mut self, key: Key<'_>, value: &str) {
        self.key(key);
        string(self.out, value);
    }

    fn print(&mut self, key: Key<'_>, value: &dyn fmt::Display) {
        self.key(key);
        printed(self.out, value);
    }
    fn integer(&mut self, key: Key<'_>, value: i64) {
        self.key(key);
        integer(self.out, value);
    }
}
