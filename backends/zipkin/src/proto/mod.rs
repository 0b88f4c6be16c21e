//! Zipkin's proto3, straight from a finished span into a byte buffer.

mod wire;

use std::fmt;
use std::net::IpAddr;

use tracer_core::conventions::{Conventions, Known, TABLE};
use tracer_core::{Key, Kind, Operation, SpanId};
use tracer_recording::FinishedSpan;

use crate::buffer::{Buffer, Piece};
use crate::kept::{Common, Kept, Pieces};
use crate::model::{self, Annotation, Side, TagSink};
use crate::number::{integer, up_to_four};
use wire::{FIXED_64, Field, LENGTH, bytes, fixed, key, nested, nested_long, number, print, text};

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
        Buffer::append(out, |out| self.write(span, out, None));
    }

    pub(crate) fn write(&self, span: &FinishedSpan<'_>, out: &mut Buffer, kept: Option<&mut Kept>) {
        nested_long(out, 1, |out| self.fields(span, out, kept));
    }

    #[inline]
    fn fields(&self, span: &FinishedSpan<'_>, out: &mut Buffer, kept: Option<&mut Kept>) {
        let (operation, own) = span.tags().split();
        let common = match kept {
            Some(kept) => kept.common(span, operation, self),
            None => Common::default(),
        };
        ids(out, span);
        match (common.start(span, operation), model::timestamp(span)) {
            (Some(start), Some(micros)) => {
                out.push(start);
                out.put(&micros.to_le_bytes());
            }
            (_, micros) => start(out, span.kind, span.name, micros),
        }
        number(out, 7, model::duration(span));
        match common.end().filter(|_| !model::has_more(span)) {
            Some(end) => out.push(end),
            None => ends(out, span, common),
        }
        let told = operation.filter(|_| common.end().is_none());
        model::write_tags(&mut Entries(out), span, &self.conventions, told, own);
        if model::is_debug(span) {
            number(out, 12, 1);
        }
        if model::is_shared(span) {
            number(out, 13, 1);
        }
    }
}

impl Pieces for Proto3Encoder {
    fn start(&self, out: &mut Buffer, kind: Kind, name: &str) {
        before_time(out, kind, name);
        out.put(&[key(TIMESTAMP, FIXED_64)]);
    }

    fn local(&self, out: &mut Buffer, span: &FinishedSpan<'_>) {
        local(out, span);
    }

    fn end(&self, out: &mut Buffer, span: &FinishedSpan<'_>, operation: &Operation) {
        if model::are_alike(operation, &self.conventions) {
            local(out, span);
            model::write_alike(&mut Entries(out), operation);
        }
    }
}

const TIMESTAMP: Field = 6;

#[inline]
fn ids(out: &mut Buffer, span: &FinishedSpan<'_>) {
    let (trace, id) = (span.trace_id(), span.span_id().to_bytes());
    let (long, short) = (trace.to_bytes(), trace.low().to_be_bytes());
    match (trace.high(), span.parent_id().map(SpanId::to_bytes)) {
        (0, None) => bytes::<20, _>(out, [(1, &short), (3, &id)]),
        (0, Some(parent)) => bytes::<30, _>(out, [(1, &short), (2, &parent), (3, &id)]),
        (_, None) => bytes::<28, _>(out, [(1, &long), (3, &id)]),
        (_, Some(parent)) => bytes::<38, _>(out, [(1, &long), (2, &parent), (3, &id)]),
    }
}

fn start(out: &mut Buffer, kind: Kind, name: &str, micros: Option<u64>) {
    before_time(out, kind, name);
    if let Some(micros) = micros {
        fixed(out, TIMESTAMP, micros);
    }
}

fn before_time(out: &mut Buffer, role: Kind, name: &str) {
    if let Some(kind) = kind(role) {
        number(out, 4, kind);
    }
    if !name.is_empty() {
        text(out, 5, name);
    }
}

fn local(out: &mut Buffer, span: &FinishedSpan<'_>) {
    nested(out, 8, |out| endpoint(out, &Side::local(span)));
}

/// Both ends, what is between them and the tags, and as many of these as were written before.
#[inline(never)]
fn ends(out: &mut Buffer, span: &FinishedSpan<'_>, common: Common<'_>) {
    match common.local() {
        Some(written) => out.push(written),
        None => local(out, span),
    }
    if let Some(remote) = Side::remote(span) {
        nested(out, 9, |out| endpoint(out, &remote));
    }
    for annotation in Annotation::of(span) {
        nested(out, 10, |out| {
            if annotation.timestamp > 0 {
                fixed(out, 1, annotation.timestamp);
            }
            nested(out, 2, |out| print(out, &annotation));
        });
    }
    if let Some(written) = common.tags() {
        out.push(written);
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

fn endpoint(out: &mut Buffer, side: &Side<'_>) {
    if let Some(name) = &side.name {
        text(out, 1, name);
    }
    match side.ip {
        Some(IpAddr::V4(ip)) => bytes::<6, _>(out, [(2, &ip.octets())]),
        Some(IpAddr::V6(ip)) => bytes::<18, _>(out, [(3, &ip.octets())]),
        None => {}
    }
    if let Some(port) = side.port {
        number(out, 4, u64::from(port));
    }
}

/// The entries of the map of tags. Keys and values are written even when they are empty, as
/// Google's encoders do, since not every decoder of maps supplies what is missing.
struct Entries<'a>(&'a mut Buffer);

const ENTRY: Field = 11;
const VALUE: Field = 2;

/// An entry up to the text of its value, both lengths left open.
static KEYS: [Piece; TABLE.len()] = {
    let mut keys = [Piece::of([b""; 3]); TABLE.len()];
    let mut row = 0;
    while row < TABLE.len() {
        let name = TABLE[row].key.as_bytes();
        let heads = [key(ENTRY, LENGTH), 0, key(1, LENGTH), name.len() as u8];
        keys[row] = Piece::of([&heads, name, &[key(VALUE, LENGTH), 0]]);
        row += 1;
    }
    keys
};

impl Entries<'_> {
    /// `value` appends the text of the value, which is likely short.
    fn entry(&mut self, key: Key<'_>, value: impl FnOnce(&mut Buffer)) {
        nested(self.0, ENTRY, |out| {
            text(out, 1, &key);
            nested(out, VALUE, value);
        });
    }
}

impl TagSink for Entries<'_> {
    fn text(&mut self, key: Key<'_>, value: &str) {
        self.entry(key, |out| out.push(value.as_bytes()));
    }

    fn print(&mut self, key: Key<'_>, value: &dyn fmt::Display) {
        self.entry(key, |out| print(out, value));
    }

    fn integer(&mut self, key: Key<'_>, value: i64) {
        self.entry(key, |out| integer(out, value));
    }

    #[inline]
    fn known_text(&mut self, key: Known, value: &str) {
        match KEYS.get(usize::from(key.number())) {
            Some(piece) if value.len() < 0x80 - Piece::MOST => {
                self.0.put_entry(piece, value.len() as u8);
                self.0.push_short(value.as_bytes());
            }
            _ => self.text(key.into(), value),
        }
    }

    #[inline]
    fn known_integer(&mut self, key: Known, value: i64) {
        match (KEYS.get(usize::from(key.number())), up_to_four(value)) {
            (Some(piece), Some((digits, len))) => {
                self.0.put_entry(piece, len);
                self.0.fill(|room| {
                    *room = digits;
                    usize::from(len)
                });
            }
            _ => self.integer(key.into(), value),
        }
    }
}
