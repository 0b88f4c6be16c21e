//! A finished span as it stands in the queue: one message of compact bytes.
//!
//! Its length (4 bytes), flags, kind and decision, ids and times as little-endian numbers, texts
//! behind their lengths, and the recorder's own bytes of tags and logs. What a context carries
//! beside its ids (baggage, trace state) is left out: no exporter sends it.

use std::net::IpAddr;

use tracer_core::{
    Endpoint, Kind, Reference, ReferenceKind, Sampling, SpanContext, SpanId, TraceId,
};

use crate::fields::{Fields, Reader, push_text};
use crate::finished::{ErrorView, FinishedSpan};

const SHARED: u8 = 1;
const REMOTE_PARENT: u8 = 1 << 1;
const SAMPLED: u8 = 1 << 2;
const ERROR: u8 = 1 << 3;
const MESSAGE: u8 = 1 << 4;

const PARENT: u8 = 1;
const RANDOM: u8 = 1 << 1;

const SERVICE: u8 = 1;
const HOST: u8 = 1 << 1;
const V4: u8 = 1 << 2;
const V6: u8 = 1 << 3;
const PORT: u8 = 1 << 4;

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

/// The most bytes that a span can take in the queue; a cheap bound, at most 100 bytes too high.
pub(crate) fn bound(span: &FinishedSpan<'_>) -> usize {
    const FIXED: usize = 192;
    const REFERENCE: usize = 40;
    let text = |text: Option<&str>| text.map_or(0, str::len);
    let endpoint = |end: &Endpoint<'_>| text(end.service) + text(end.host);
    FIXED
        + span.name.len()
        + span
            .error
            .map_or(0, |error| error.kind.len() + text(error.message))
        + endpoint(&span.local)
        + endpoint(&span.remote)
        + span.tags.as_bytes().len()
        + span.logs.len()
        + span.references.len() * REFERENCE
}

/// Appends a span; returns how many bytes it took.
pub(crate) fn write(out: &mut Vec<u8>, span: &FinishedSpan<'_>) -> usize {
    let at = out.len();
    let mut flags = 0;
    for (flag, on) in [
        (SHARED, span.shared),
        (REMOTE_PARENT, span.remote_parent),
        (SAMPLED, span.sampled),
        (ERROR, span.error.is_some()),
        (MESSAGE, span.error.is_some_and(|e| e.message.is_some())),
    ] {
        flags |= if on { flag } else { 0 };
    }
    out.extend_from_slice(&[0, 0, 0, 0, flags, index_of(&KINDS, &span.kind)]);
    write_context(out, span.context);
    out.extend_from_slice(&span.start.to_le_bytes());
    out.extend_from_slice(&span.duration.to_le_bytes());
    out.extend_from_slice(&span.left_out.to_le_bytes());
    push_text(out, span.name);
    if let Some(error) = span.error {
        push_text(out, error.kind);
        if let Some(message) = error.message {
            push_text(out, message);
        }
    }
    write_endpoint(out, &span.local);
    write_endpoint(out, &span.remote);
    write_bytes(out, span.tags.as_bytes());
    write_bytes(out, span.logs);
    out.extend_from_slice(&(span.references.len() as u32).to_le_bytes());
    for reference in span.references {
        out.push(u8::from(reference.kind == ReferenceKind::FollowsFrom));
        write_context(out, &reference.context);
    }
    let len = out.len() - at;
    if let Some(slot) = out.get_mut(at..at + 4) {
        slot.copy_from_slice(&(len as u32 - 4).to_le_bytes());
    }
    len
}

fn index_of<T: PartialEq>(all: &[T], one: &T) -> u8 {
    all.iter().position(|each| each == one).unwrap_or(0) as u8
}

fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn write_context(out: &mut Vec<u8>, context: &SpanContext) {
    let parent = context.parent_id();
    let mut flags = if parent.is_some() { PARENT } else { 0 };
    flags |= if context.is_random() { RANDOM } else { 0 };
    out.extend_from_slice(&[flags, index_of(&DECISIONS, &context.sampling())]);
    out.extend_from_slice(&context.trace_id().high().to_le_bytes());
    out.extend_from_slice(&context.trace_id().low().to_le_bytes());
    out.extend_from_slice(&context.span_id().get().to_le_bytes());
    if let Some(parent) = parent {
        out.extend_from_slice(&parent.get().to_le_bytes());
    }
}

fn write_endpoint(out: &mut Vec<u8>, end: &Endpoint<'_>) {
    let mut flags = 0;
    for (flag, on) in [
        (SERVICE, end.service.is_some()),
        (HOST, end.host.is_some()),
        (V4, end.ip.is_some_and(|ip| ip.is_ipv4())),
        (V6, end.ip.is_some_and(|ip| ip.is_ipv6())),
        (PORT, end.port.is_some()),
    ] {
        flags |= if on { flag } else { 0 };
    }
    out.push(flags);
    for text in [end.service, end.host].into_iter().flatten() {
        push_text(out, text);
    }
    match end.ip {
        Some(IpAddr::V4(ip)) => out.extend_from_slice(&ip.octets()),
        Some(IpAddr::V6(ip)) => out.extend_from_slice(&ip.octets()),
        None => {}
    }
    if let Some(port) = end.port {
        out.extend_from_slice(&port.to_le_bytes());
    }
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
        let len = from.u32()? as usize;
        let mut reader = Reader(from.bytes(len)?);
        let flags = reader.u8()?;
        let kind = *KINDS.get(usize::from(reader.u8()?))?;
        let context = read_context(&mut reader)?;
        let (start, duration) = (reader.u64()?, reader.u64()?);
        let left_out = reader.u32()?;
        let name = reader.text()?;
        let error = if flags & ERROR == 0 {
            None
        } else {
            Some(ErrorView {
                kind: reader.text()?,
                message: read_if(flags & MESSAGE, || reader.text())?,
            })
        };
        let local = read_endpoint(&mut reader)?;
        let remote = read_endpoint(&mut reader)?;
        let tags = read_bytes(&mut reader)?;
        let logs = read_bytes(&mut reader)?;
        let references = (0..reader.u32()?)
            .map(|_| read_reference(&mut reader))
            .collect::<Option<_>>()?;
        Some(Self {
            context,
            references,
            flags,
            kind,
            name,
            start,
            duration,
            left_out,
            error,
            local,
            remote,
            tags,
            logs,
            len: len + 4,
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

/// `Some(None)` without the flag; `None` if what it promises is not there.
fn read_if<T>(flag: u8, read: impl FnOnce() -> Option<T>) -> Option<Option<T>> {
    if flag == 0 {
        Some(None)
    } else {
        read().map(Some)
    }
}

fn read_bytes<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.u32()? as usize;
    reader.bytes(len)
}

fn read_context(reader: &mut Reader<'_>) -> Option<SpanContext> {
    let flags = reader.u8()?;
    let sampling = *DECISIONS.get(usize::from(reader.u8()?))?;
    let trace = TraceId::from_halves(reader.u64()?, reader.u64()?)?;
    let span = SpanId::new(reader.u64()?)?;
    let parent = read_if(flags & PARENT, || reader.u64())?;
    Some(
        SpanContext::new(trace, span, sampling)
            .with_parent(parent.and_then(SpanId::new))
            .with_random(flags & RANDOM != 0),
    )
}

fn read_reference(reader: &mut Reader<'_>) -> Option<Reference> {
    let kind = match reader.u8()? {
        0 => ReferenceKind::ChildOf,
        _ => ReferenceKind::FollowsFrom,
    };
    Some(Reference {
        kind,
        context: read_context(reader)?,
    })
}

fn read_endpoint<'a>(reader: &mut Reader<'a>) -> Option<Endpoint<'a>> {
    let flags = reader.u8()?;
    let service = read_if(flags & SERVICE, || reader.text())?;
    let host = read_if(flags & HOST, || reader.text())?;
    let v4 = read_if(flags & V4, || reader.array::<4>())?;
    let v6 = read_if(flags & V6, || reader.array::<16>())?;
    let port = read_if(flags & PORT, || reader.u16())?;
    Some(Endpoint {
        service,
        host,
        ip: v4.map(IpAddr::from).or(v6.map(IpAddr::from)),
        port,
    })
}

#[cfg(test)]
mod tests;
