//! Messages read back.

use std::net::IpAddr;

use tracer_core::{
    Endpoint, Kind, Reference, ReferenceKind, Sampling, SpanContext, SpanId, TraceId,
};

use super::{
    ERROR, HOST, MESSAGE, PLACE, PORT, RANDOM, REMOTE_PARENT, SAMPLED, SERVICE, SHARED, V4, V6,
};
use crate::fields::{Fields, Head, Logs, Reader};
use crate::finished::{ErrorView, FinishedSpan};

// In the order of their discriminants.
pub(super) const KINDS: [Kind; 5] = [
    Kind::Local,
    Kind::Server,
    Kind::Client,
    Kind::Producer,
    Kind::Consumer,
];
pub(super) const DECISIONS: [Sampling; 4] = [
    Sampling::Defer,
    Sampling::Drop,
    Sampling::Record,
    Sampling::Debug,
];

const fn halves(word: u64) -> (usize, usize) {
    (word as u32 as usize, (word >> 32) as usize)
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
    tags: Fields<'a>,
    logs: Logs<'a>,
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
        let (tag_texts, tags) = halves(reader.u64()?);
        let (log_texts, logs) = halves(reader.u64()?);
        let log_fields = usize::try_from(reader.u64()?).ok()?;
        let lengths = [
            name,
            tag_texts,
            local_texts.0,
            remote_texts.0,
            error,
            message,
            local_texts.1,
            remote_texts.1,
            log_texts,
        ];
        let all = lengths
            .iter()
            .try_fold(0_usize, |sum, len| sum.checked_add(*len))?;
        // All texts at once: to check them one by one would cost more than everything else.
        let mut texts = Texts(std::str::from_utf8(reader.bytes(all)?).ok()?);
        let name = texts.next(name)?;
        let tag_texts = texts.next(tag_texts)?;
        let local_service = texts.next(local_texts.0)?;
        let remote_service = texts.next(remote_texts.0)?;
        let error_kind = texts.next(error)?;
        let error_message = texts.next(message)?;
        let local_host = texts.next(local_texts.1)?;
        let remote_host = texts.next(remote_texts.1)?;
        let log_texts = texts.next(log_texts)?;
        let tags = Fields::new(places(&mut reader, tags)?, tag_texts);
        let logs = Logs::new(
            places(&mut reader, logs)?,
            Fields::new(places(&mut reader, log_fields)?, log_texts),
        );
        let error = (flags & ERROR != 0).then_some(ErrorView {
            kind: error_kind,
            message: (flags & MESSAGE != 0).then_some(error_message),
        });
        Some(Self {
            context,
            flags,
            kind: *KINDS.get(usize::from(codes & 0xf))?,
            name,
            start,
            duration,
            left_out: left_out as u32,
            error,
            local: endpoint(&mut reader, local, (local_service, local_host), [l0, l1])?,
            remote: endpoint(&mut reader, remote, (remote_service, remote_host), [r0, r1])?,
            tags,
            logs,
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
            tags: self.tags,
            logs: self.logs,
            references: &self.references,
        }
    }
}

/// Texts that follow each other.
struct Texts<'a>(&'a str);

impl<'a> Texts<'a> {
    fn next(&mut self, len: usize) -> Option<&'a str> {
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(text)
    }
}

fn places<'a>(reader: &mut Reader<'a>, count: usize) -> Option<&'a [Head]> {
    let (places, _) = reader.bytes(count.checked_mul(PLACE)?)?.as_chunks();
    Some(places)
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
    (service, host): (&'a str, &'a str),
    port: [u8; 2],
) -> Option<Endpoint<'a>> {
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
