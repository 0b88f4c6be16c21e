//! Zipkin v2 JSON, straight from a finished span into a byte buffer.

mod ids;
mod text;

use std::fmt;
use std::net::IpAddr;

use tracer_core::conventions::{Conventions, Known, TABLE};
use tracer_core::{Key, Kind, Operation};
use tracer_recording::FinishedSpan;

use crate::buffer::{Buffer, Piece};
use crate::kept::{Common, Kept, Pieces};
use crate::model::{self, Annotation, Side, TagSink};
use crate::number::{integer, number, sixteen};
use ids::ids;
use text::{address, escaped, printed};

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
        Buffer::append(out, |out| self.write(span, out, None));
    }

    pub(crate) fn write(&self, span: &FinishedSpan<'_>, out: &mut Buffer, kept: Option<&mut Kept>) {
        let (operation, own) = span.tags().split();
        let common = match kept {
            Some(kept) => kept.common(span, operation, self),
            None => Common::default(),
        };
        ids(out, span);
        match (common.start(span, operation), model::timestamp(span)) {
            (Some(start), Some(micros)) => {
                out.push(start);
                time(out, micros);
            }
            (_, micros) => start(out, span.kind, span.name, micros),
        }
        number(out, model::duration(span));
        match common.end().filter(|_| !model::has_more(span)) {
            Some(end) => out.push(end),
            None => ends(out, span, common),
        }
        let is_open = common.end().is_some();
        let told = operation.filter(|_| !is_open);
        let mut tags = Members::new(out, is_open);
        model::write_tags(&mut tags, span, &self.conventions, told, own);
        match (tags.end(), model::is_debug(span) || model::is_shared(span)) {
            (true, false) => out.put(b"\"}}"),
            (false, false) => out.put(b"}"),
            (true, true) => {
                out.put(b"\"}");
                flags(out, span);
            }
            (false, true) => flags(out, span),
        }
    }
}

impl Pieces for JsonEncoder {
    fn start(&self, out: &mut Buffer, kind: Kind, name: &str) {
        before_time(out, kind, name);
        out.put(TIMESTAMP);
    }

    fn local(&self, out: &mut Buffer, span: &FinishedSpan<'_>) {
        local(out, span);
    }

    fn end(&self, out: &mut Buffer, span: &FinishedSpan<'_>, operation: &Operation) {
        if model::are_alike(operation, &self.conventions) {
            local(out, span);
            let mut tags = Members::new(out, false);
            model::write_alike(&mut tags, operation);
            tags.end();
        }
    }
}

const TIMESTAMP: &[u8; 13] = b",\"timestamp\":";
const DURATION: &[u8; 12] = b",\"duration\":";

fn start(out: &mut Buffer, kind: Kind, name: &str, micros: Option<u64>) {
    before_time(out, kind, name);
    match micros {
        Some(micros) => {
            out.put(TIMESTAMP);
            time(out, micros);
        }
        None => out.put(DURATION),
    }
}

/// The time, and all that stands before the duration.
#[inline]
fn time(out: &mut Buffer, micros: u64) {
    let Some(digits) = sixteen(micros) else {
        number(out, micros);
        return out.put(DURATION);
    };
    out.fill(|room| {
        *room = *b"................,\"duration\":";
        if let Some(room) = room.first_chunk_mut() {
            *room = digits;
        }
        room.len()
    });
}

fn before_time(out: &mut Buffer, role: Kind, name: &str) {
    out.put_piece(kind(role));
    if !name.is_empty() {
        out.put(b",\"name\":\"");
        escaped(out, name);
        out.put(b"\"");
    }
}

/// Both ends, what is between them and the tags, and as many of these as were written before.
#[inline(never)]
fn ends(out: &mut Buffer, span: &FinishedSpan<'_>, common: Common<'_>) {
    match common.local() {
        Some(written) => out.push(written),
        None => local(out, span),
    }
    if let Some(remote) = Side::remote(span) {
        out.put(b",\"remoteEndpoint\":");
        endpoint(out, &remote);
    }
    annotations(out, span);
    if let Some(written) = common.tags() {
        out.push(written);
    }
}

#[cold]
fn flags(out: &mut Buffer, span: &FinishedSpan<'_>) {
    if model::is_debug(span) {
        out.put(b",\"debug\":true");
    }
    if model::is_shared(span) {
        out.put(b",\"shared\":true");
    }
    out.put(b"}");
}

/// The last quote of the ids, and the member behind them.
fn kind(kind: Kind) -> &'static Piece {
    static LOCAL: Piece = Piece::of([b"\"", b"", b""]);
    static SERVER: Piece = Piece::of([b"\",\"kind\":\"", b"SERVER", b"\""]);
    static CLIENT: Piece = Piece::of([b"\",\"kind\":\"", b"CLIENT", b"\""]);
    static PRODUCER: Piece = Piece::of([b"\",\"kind\":\"", b"PRODUCER", b"\""]);
    static CONSUMER: Piece = Piece::of([b"\",\"kind\":\"", b"CONSUMER", b"\""]);
    match kind {
        Kind::Local => &LOCAL,
        Kind::Server => &SERVER,
        Kind::Client => &CLIENT,
        Kind::Producer => &PRODUCER,
        Kind::Consumer => &CONSUMER,
    }
}

/// Between members: nothing before the first, a comma before each other.
fn next(out: &mut Buffer, first: &mut bool) {
    if !std::mem::take(first) {
        out.put(b",");
    }
}

fn local(out: &mut Buffer, span: &FinishedSpan<'_>) {
    out.put(b",\"localEndpoint\":");
    endpoint(out, &Side::local(span));
}

fn endpoint(out: &mut Buffer, side: &Side<'_>) {
    let mut first = true;
    out.put(b"{");
    if let Some(name) = &side.name {
        next(out, &mut first);
        out.put(b"\"serviceName\":\"");
        escaped(out, name);
        out.put(b"\"");
    }
    if let Some(ip) = side.ip {
        next(out, &mut first);
        out.put(match ip {
            IpAddr::V4(_) => b"\"ipv4\":\"",
            IpAddr::V6(_) => b"\"ipv6\":\"",
        });
        address(out, ip);
        out.put(b"\"");
    }
    if let Some(port) = side.port {
        next(out, &mut first);
        out.put(b"\"port\":");
        number(out, u64::from(port));
    }
    out.put(b"}");
}

fn annotations(out: &mut Buffer, span: &FinishedSpan<'_>) {
    let mut first = true;
    for annotation in Annotation::of(span) {
        out.push(if first { b",\"annotations\":[" } else { b"," });
        first = false;
        out.put(b"{\"timestamp\":");
        number(out, annotation.timestamp);
        out.put(b",\"value\":\"");
        printed(out, &annotation);
        out.put(b"\"}");
    }
    if !first {
        out.put(b"]");
    }
}

/// The member `tags`, if there is one to write. It is left open, and so is the text of each of its
/// members: the next one ends it.
struct Members<'a> {
    out: &'a mut Buffer,
    /// Where it begins; nothing if it was begun before.
    start: Option<usize>,
}

const TAGS: &[u8; 7] = b",\"tags\"";

impl<'a> Members<'a> {
    /// `is_open`: some of them stand there.
    #[inline]
    fn new(out: &'a mut Buffer, is_open: bool) -> Self {
        let start = (!is_open).then(|| out.len());
        if !is_open {
            out.put(TAGS);
        }
        Self { out, start }
    }

    /// Says if some of them stand there now.
    #[inline]
    fn end(self) -> bool {
        let Some(start) = self.start else {
            return true;
        };
        let first = start + TAGS.len();
        let some = self.out.len() > first;
        if some {
            // It began as if there was one before.
            self.out.patch(first, *b":{");
        } else {
            self.out.truncate(start);
        }
        some
    }
}

/// The end of the member before, and the key.
static KEYS: [Piece; TABLE.len()] = {
    let mut keys = [Piece::of([b""; 3]); TABLE.len()];
    let mut row = 0;
    while row < TABLE.len() {
        keys[row] = Piece::of([b"\",\"", TABLE[row].key.as_bytes(), b"\":\""]);
        row += 1;
    }
    keys
};

impl Members<'_> {
    fn key(&mut self, key: Key<'_>) {
        match key.known() {
            Some(known) => self.known(known),
            None => {
                self.out.put(b"\",\"");
                escaped(self.out, &key);
                self.out.put(b"\":\"");
            }
        }
    }

    #[inline]
    fn known(&mut self, key: Known) {
        if let Some(piece) = KEYS.get(usize::from(key.number())) {
            self.out.put_piece(piece);
        }
    }
}

impl TagSink for Members<'_> {
    fn text(&mut self, key: Key<'_>, value: &str) {
        self.key(key);
        escaped(self.out, value);
    }

    fn print(&mut self, key: Key<'_>, value: &dyn fmt::Display) {
        self.key(key);
        printed(self.out, value);
    }

    fn integer(&mut self, key: Key<'_>, value: i64) {
        self.key(key);
        integer(self.out, value);
    }

    #[inline]
    fn known_text(&mut self, key: Known, value: &str) {
        self.known(key);
        escaped(self.out, value);
    }

    #[inline]
    fn known_integer(&mut self, key: Known, value: i64) {
        self.known(key);
        integer(self.out, value);
    }
}
