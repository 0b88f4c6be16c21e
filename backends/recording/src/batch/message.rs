//! A finished span as it stands in the queue: one message of compact bytes.
//!
//! A head of numbers (flags, ids, times, lengths), then the texts, addresses, and the recorder's own
//! bytes of tags and logs. Little-endian. What a context carries beside its ids (baggage, trace
//! state) is left out: no exporter sends it.

use std::net::IpAddr;

use tracer_core::{
    Endpoint, Kind, Reference, ReferenceKind, Sampling, SpanContext, SpanId, TraceId,
};

use crate::fields::{Fields, Reader};
use crate::finished::{ErrorView, FinishedSpan};

const SHARED: u8 = 1;
const REMOTE_PARENT: u8 = 1 << 1;
const SAMPLED: u8 = 1 << 2;
const ERROR: u8 = 1 << 3;
const MESSAGE: u8 = 1 << 4;
const RANDOM: u8 = 1 << 5;

const SERVICE: u8 = 1;
const HOST: u8 = 1 << 1;
const V4: u8 = 1 << 2;
const V6: u8 = 1 << 3;
const PORT: u8 = 1 << 4;

// In the order of their discriminants.
const KINDS: [Kind; 5] = [
    Kind::Local,
    Kind::Server,
    Kind::Client,
    Kind::Producer,
    Kind::Consumer,
];
const DECISIONS: [Sampling; 4] = [
    Sampling::Defer,
    Sampling::Drop,
    Sampling::Record,
    Sampling::Debug,
];

/// Words of eight bytes at the start of a message.
const HEAD: usize = 13;
/// Words of a reference.
const REFERENCE: usize = 5;

/// How many bytes a span takes in the queue.
#[inline]
pub(crate) fn len(span: &FinishedSpan<'_>) -> usize {
    let error = span
        .error
        .map_or(0, |error| error.kind.len() + text_len(error.message));
    8 * HEAD
        + span.name.len()
        + error
        + endpoint_len(&span.local)
        + endpoint_len(&span.remote)
        + span.tags.as_bytes().len()
        + span.logs.len()
        + span.references.len() * 8 * REFERENCE
}

fn text_len(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

fn endpoint_len(end: &Endpoint<'_>) -> usize {
    let ip = match end.ip {
        None => 0,
        Some(IpAddr::V4(_)) => 4,
        Some(IpAddr::V6(_)) => 16,
    };
    text_len(end.service) + text_len(end.host) + ip
}

/// Appends a span that takes `len` bytes.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, span: &FinishedSpan<'_>, len: usize) {
    // One copy of all numbers: each append checks for room.
    out.extend_from_slice(head(span, len).map(u64::to_le_bytes).as_flattened());
    append(out, span.name.as_bytes());
    if let Some(error) = span.error {
        append(out, error.kind.as_bytes());
        append(out, error.message.unwrap_or_default().as_bytes());
    }
    for end in [&span.local, &span.remote] {
        append(out, end.service.unwrap_or_default().as_bytes());
        if end.host.is_some() || end.ip.is_some() {
            write_address(out, end);
        }
    }
    append(out, span.tags.as_bytes());
    append(out, span.logs);
    for reference in span.references {
        let words = reference_words(reference).map(u64::to_le_bytes);
        out.extend_from_slice(words.as_flattened());
    }
}

/// Most parts of most spans are empty.
#[inline]
fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.extend_from_slice(bytes);
    }
}

#[inline]
fn head(span: &FinishedSpan<'_>, len: usize) -> [u64; HEAD] {
    let (context, local, remote) = (span.context, &span.local, &span.remote);
    let (error_kind, error_message) = span
        .error
        .map_or((0, 0), |error| (error.kind.len(), text_len(error.message)));
    let flags = flag(SHARED, span.shared)
        | flag(REMOTE_PARENT, span.remote_parent)
        | flag(SAMPLED, span.sampled)
        | flag(RANDOM, context.is_random())
        | flag(ERROR, span.error.is_some())
        | flag(MESSAGE, span.error.is_some_and(|e| e.message.is_some()));
    let [local_low, local_high] = local.port.unwrap_or(0).to_le_bytes();
    let [remote_low, remote_high] = remote.port.unwrap_or(0).to_le_bytes();
    [
        pair(len, span.left_out as usize),
        u64::from_le_bytes([
            flags,
            span.kind as u8 | (context.sampling() as u8) << 4,
            endpoint_flags(local),
            endpoint_flags(remote),
            local_low,
            local_high,
            remote_low,
            remote_high,
        ]),
        context.trace_id().high(),
        context.trace_id().low(),
        context.span_id().get(),
        context.parent_id().map_or(0, SpanId::get),
        span.start,
        span.duration,
        pair(span.name.len(), span.references.len()),
        pair(error_kind, error_message),
        pair(text_len(local.service), text_len(local.host)),
        pair(text_len(remote.service), text_len(remote.host)),
        pair(span.tags.as_bytes().len(), span.logs.len()),
    ]
}

const fn flag(flag: u8, on: bool) -> u8 {
    if on { flag } else { 0 }
}

/// Two lengths in a word. No part of a span comes near 4 GiB.
const fn pair(low: usize, high: usize) -> u64 {
    low as u32 as u64 | (high as u64) << 32
}

const fn halves(word: u64) -> (usize, usize) {
    (word as u32 as usize, (word >> 32) as usize)
}

#[inline]
fn endpoint_flags(end: &Endpoint<'_>) -> u8 {
    let ip = match end.ip {
        None => 0,
        Some(IpAddr::V4(_)) => V4,
        Some(IpAddr::V6(_)) => V6,
    };
    flag(SERVICE, end.service.is_some())
        | flag(HOST, end.host.is_some())
        | flag(PORT, end.port.is_some())
        | ip
}

fn write_address(out: &mut Vec<u8>, end: &Endpoint<'_>) {
    append(out, end.host.unwrap_or_default().as_bytes());
    match end.ip {
        None => {}
        Some(IpAddr::V4(ip)) => out.extend_from_slice(&ip.octets()),
        Some(IpAddr::V6(ip)) => out.extend_from_slice(&ip.octets()),
    }
}

fn reference_words(reference: &Reference) -> [u64; REFERENCE] {
    let context = &reference.context;
    let codes = [
        u8::from(reference.kind == ReferenceKind::FollowsFrom),
        context.sampling() as u8,
        flag(RANDOM, context.is_random()),
    ];
    let [kind, decision, random] = codes;
    [
        u64::from_le_bytes([kind, decision, random, 0, 0, 0, 0, 0]),
        context.trace_id().high(),
        context.trace_id().low(),
        context.span_id().get(),
        context.parent_id().map_or(0, SpanId::get),
    ]
}

/// A span read back from the queue.
pub(crate) struct Message<'a> {
    context: SpanContext,
    references: Vec<Reference>,
    flags: u8,
    kind: Kind,
    name: &'a str,
    start: u64,
    duration: u64,
    left_out: u32,
    error: Option<ErrorView<'a>>,
    local: Endpoint<'a>,
    remote: Endpoint<'a>,
    tags: &'a [u8],
    logs: &'a [u8],
    /// The bytes that it takes in the queue.
    pub(crate) len: usize,
}

impl<'a> Message<'a> {
    /// Reads the next message; `None` at the end, and on bytes that were not written here.
    pub(crate) fn read(from: &mut Reader<'a>) -> Option<Self> {
        let mut reader = *from;
        let (len, left_out) = halves(reader.u64()?);
        let mut reader = Reader(reader.bytes(len.checked_sub(8)?)?);
        from.bytes(len)?;
        let [flags, codes, local, remote, l0, l1, r0, r1] = reader.array()?;
        let ids = [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?];
        let context = context(ids, codes >> 4, flags & RANDOM != 0)?;
        let (start, duration) = (reader.u64()?, reader.u64()?);
        let (name, references) = halves(reader.u64()?);
        let (error, message) = halves(reader.u64()?);
        let local_texts = halves(reader.u64()?);
        let remote_texts = halves(reader.u64()?);
        let (tags, logs) = halves(reader.u64()?);
        let name = text(&mut reader, name)?;
        let error = if flags & ERROR == 0 {
            None
        } else {
            let kind = text(&mut reader, error)?;
            let message = text(&mut reader, message)?;
            Some(ErrorView {
                kind,
                message: (flags & MESSAGE != 0).then_some(message),
            })
        };
        Some(Self {
            context,
            flags,
            kind: *KINDS.get(usize::from(codes & 0xf))?,
            name,
            start,
            duration,
            left_out: left_out as u32,
            error,
            local: endpoint(&mut reader, local, local_texts, [l0, l1])?,
            remote: endpoint(&mut reader, remote, remote_texts, [r0, r1])?,
            tags: reader.bytes(tags)?,
            logs: reader.bytes(logs)?,
            references: (0..references)
                .map(|_| reference(&mut reader))
                .collect::<Option<_>>()?,
            len,
        })
    }

    /// The span, as it was lent to the reporter.
    pub(crate) fn view(&self) -> FinishedSpan<'_> {
        FinishedSpan {
            context: &self.context,
            shared: self.flags & SHARED != 0,
            remote_parent: self.flags & REMOTE_PARENT != 0,
            sampled: self.flags & SAMPLED != 0,
            kind: self.kind,
            name: self.name,
            start: self.start,
            duration: self.duration,
            error: self.error,
            local: self.local,
            remote: self.remote,
            left_out: self.left_out,
            tags: Fields::new(self.tags),
            logs: self.logs,
            references: &self.references,
        }
    }
}

fn text<'a>(reader: &mut Reader<'a>, len: usize) -> Option<&'a str> {
    std::str::from_utf8(reader.bytes(len)?).ok()
}

fn context(ids: [u64; 4], decision: u8, random: bool) -> Option<SpanContext> {
    let [high, low, span, parent] = ids;
    let trace = TraceId::from_halves(high, low)?;
    let decision = *DECISIONS.get(usize::from(decision))?;
    Some(
        SpanContext::new(trace, SpanId::new(span)?, decision)
            .with_parent(SpanId::new(parent))
            .with_random(random),
    )
}

fn reference(reader: &mut Reader<'_>) -> Option<Reference> {
    let [kind, decision, flags, ..] = reader.array::<8>()?;
    let ids = [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?];
    Some(Reference {
        kind: match kind {
            0 => ReferenceKind::ChildOf,
            _ => ReferenceKind::FollowsFrom,
        },
        context: context(ids, decision, flags & RANDOM != 0)?,
    })
}

fn endpoint<'a>(
    reader: &mut Reader<'a>,
    flags: u8,
    (service, host): (usize, usize),
    port: [u8; 2],
) -> Option<Endpoint<'a>> {
    let service = text(reader, service)?;
    let host = text(reader, host)?;
    let ip = match flags & (V4 | V6) {
        0 => None,
        V4 => Some(IpAddr::from(reader.array::<4>()?)),
        _ => Some(IpAddr::from(reader.array::<16>()?)),
    };
    Some(Endpoint {
        service: (flags & SERVICE != 0).then_some(service),
        host: (flags & HOST != 0).then_some(host),
        ip,
        port: (flags & PORT != 0).then_some(u16::from_le_bytes(port)),
    })
}

#[cfg(test)]
mod tests;
