//! Zipkin's proto3, straight from a finished span into a byte buffer.

mod wire;

use std::fmt;
use std::net::IpAddr;

use tracer_core::conventions::Conventions;
use tracer_core::{Key, Kind};
use tracer_recording::FinishedSpan;

use crate::model::{self, Annotation, Side, TagSink};
use wire::{bytes, fixed, nested, nested_long, number, printed};

/// Writes spans as Zipkin's protocol buffers (`Span` of `zipkin.proto`), fields in the order of
/// their numbers, absent ones left out, lengths and numbers in their shortest form.
///
/// ```
/// use tracer_recording::testing::SpanBuilder;
/// use tracer_zipkin::Proto3Encoder;
///
/// let mut list = Vec::new();
/// Proto3Encoder::new().encode(&SpanBuilder::new("job").local("Shop", None, None).view(), &mut list);
/// // Field 1 of the list, a span of 43 bytes.
/// assert!(list.starts_with(&[0x0a, 43]) && list.len() == 45);
/// // Field 8 of the span, its local endpoint, whose field 1 is the name.
/// assert!(list.ends_with(b"\x42\x06\x0a\x04shop"));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Proto3Encoder {
    conventions: Conventions,
}

impl Proto3Encoder {
    /// An encoder that writes tags under OpenTracing's names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Under which names tags are written.
    pub fn conventions(mut self, conventions: Conventions) -> Self {
        self.conventions = conventions;
        self
    }

    /// Appends one span as an entry of `ListOfSpans`: entries one behind the other are the list.
    pub fn encode(&self, span: &FinishedSpan<'_>, out: &mut Vec<u8>) {
        nested_long(out, 1, |out| self.fields(span, out));
    }

    fn fields(&self, span: &FinishedSpan<'_>, out: &mut Vec<u8>) {
        let trace_id = span.trace_id();
        match trace_id.high() {
            0 => bytes(out, 1, &trace_id.low().to_be_bytes()),
            _ => bytes(out, 1, &trace_id.to_bytes()),
        }
        if let Some(parent) = span.parent_id() {
            bytes(out, 2, &parent.to_bytes());
        }
        bytes(out, 3, &span.span_id().to_bytes());
        if let Some(kind) = kind(span.kind) {
            number(out, 4, kind);
        }
        if !span.name.is_empty() {
            bytes(out, 5, span.name.as_bytes());
        }
        if let Some(micros) = model::timestamp(span) {
            fixed(out, 6, micros);
        }
        number(out, 7, model::duration(span));
        nested(out, 8, |out| endpoint(out, &Side::local(span)));
        if let Some(remote) = Side::remote(span) {
            nested(out, 9, |out| endpoint(out, &remote));
        }
        for annotation in Annotation::of(span) {
            nested(out, 10, |out| {
                if annotation.timestamp > 0 {
                    fixed(out, 1, annotation.timestamp);
                }
                printed(out, 2, &annotation);
            });
        }
        model::write_tags(&mut Entries(out), span, &self.conventions);
        if model::is_debug(span) {
            number(out, 12, 1);
        }
        if model::is_shared(span) {
            number(out, 13, 1);
        }
    }
}

fn kind(kind: Kind) -> Option<u64> {
    match kind {
        Kind::Local => None,
        Kind::Client => Some(1),
        Kind::Server => Some(2),
        Kind::Producer => Some(3),
        Kind::Consumer => Some(4),
    }
}

fn endpoint(out: &mut Vec<u8>, side: &Side<'_>) {
    if let Some(name) = &side.name {
        bytes(out, 1, name.as_bytes());
    }
    match side.ip {
        Some(IpAddr::V4(ip)) => bytes(out, 2, &ip.octets()),
        Some(IpAddr::V6(ip)) => bytes(out, 3, &ip.octets()),
        None => {}
    }
    if let Some(port) = side.port {
        number(out, 4, u64::from(port));
    }
}

/// The entries of the map of tags. Keys and values are written even when they are empty, as
/// Google's encoders do, since not every decoder of maps supplies what is missing.
struct Entries<'a>(&'a mut Vec<u8>);

impl TagSink for Entries<'_> {
    fn text(&mut self, key: Key<'_>, value: &str) {
        nested(self.0, 11, |out| {
            bytes(out, 1, key.as_bytes());
            bytes(out, 2, value.as_bytes());
        });
    }

    fn print(&mut self, key: Key<'_>, value: &dyn fmt::Display) {
        nested(self.0, 11, |out| {
            bytes(out, 1, key.as_bytes());
            printed(out, 2, value);
        });
    }
    fn integer(&mut self, key: Key<'_>, value: i64) {
        self.print(key, &value);
    }
}
