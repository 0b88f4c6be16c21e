//! A finished span as it stands in the queue: one message of compact bytes.
//!
//! A head of numbers (flags, ids, times, lengths), then all texts together, then the places of tags
//! and logs in them, addresses and references. Little-endian. What a context carries beside its ids
//! (baggage, trace state) is left out: no exporter sends it.

mod read;

use std::net::IpAddr;

use tracer_core::{Endpoint, Reference, ReferenceKind, SpanId};

use crate::fields::HEAD as PLACE;
use crate::finished::FinishedSpan;
pub(crate) use read::Message;

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

/// Words of eight bytes at the start of a message.
const HEAD: usize = 15;
/// Words of a reference.
const REFERENCE: usize = 5;

/// A span, and the head of its message.
pub(crate) struct Draft<'a> {
    span: &'a FinishedSpan<'a>,
    head: [[u8; 8]; HEAD],
    len: usize,
}

impl<'a> Draft<'a> {
    #[inline]
    pub(crate) fn of(span: &'a FinishedSpan<'a>) -> Self {
        let (context, local, remote) = (span.context, &span.local, &span.remote);
        let [local_service, local_host] = [text_len(local.service), text_len(local.host)];
        let [remote_service, remote_host] = [text_len(remote.service), text_len(remote.host)];
        let (error_kind, error_message) = span
            .error
            .map_or((0, 0), |error| (error.kind.len(), text_len(error.message)));
        let flags = flag(SHARED, span.shared)
            | flag(REMOTE_PARENT, span.remote_parent)
            | flag(SAMPLED, span.sampled)
            | flag(RANDOM, context.is_random())
            | flag(ERROR, span.error.is_some())
            | flag(MESSAGE, span.error.is_some_and(|e| e.message.is_some()));
        let (local_flags, local_ip) = endpoint_flags(local);
        let (remote_flags, remote_ip) = endpoint_flags(remote);
        let [local_low, local_high] = local.port.unwrap_or(0).to_le_bytes();
        let [remote_low, remote_high] = remote.port.unwrap_or(0).to_le_bytes();
        let (tags, logs) = (span.tags, span.logs.fields());
        let places = tags.heads().len() + span.logs.marks().len() + logs.heads().len();
        let len = 8 * HEAD
            + span.name.len()
            + (error_kind + error_message)
            + (local_service + local_host + local_ip)
            + (remote_service + remote_host + remote_ip)
            + (tags.texts().len() + logs.texts().len() + places * PLACE)
            + span.references.len() * 8 * REFERENCE;
        let head = [
            pair(len, span.left_out as usize),
            [
                flags,
                span.kind as u8 | (context.sampling() as u8) << 4,
                local_flags,
                remote_flags,
                local_low,
                local_high,
                remote_low,
                remote_high,
            ],
            context.trace_id().high().to_le_bytes(),
            context.trace_id().low().to_le_bytes(),
            context.span_id().get().to_le_bytes(),
            context.parent_id().map_or(0, SpanId::get).to_le_bytes(),
            span.start.to_le_bytes(),
            span.duration.to_le_bytes(),
            pair(span.name.len(), span.references.len()),
            pair(error_kind, error_message),
            pair(local_service, local_host),
            pair(remote_service, remote_host),
            pair(tags.texts().len(), tags.heads().len()),
            pair(logs.texts().len(), span.logs.marks().len()),
            pair(logs.heads().len(), 0),
        ];
        Self { span, head, len }
    }

    /// How many bytes it takes.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Appends the message.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let span = self.span;
        out.extend_from_slice(self.head.as_flattened());
        append(out, span.name.as_bytes());
        append(out, span.tags.texts().as_bytes());
        append(out, span.local.service.unwrap_or_default().as_bytes());
        append(out, span.remote.service.unwrap_or_default().as_bytes());
        if let Some(error) = span.error {
            append(out, error.kind.as_bytes());
            append(out, error.message.unwrap_or_default().as_bytes());
        }
        append(out, span.local.host.unwrap_or_default().as_bytes());
        append(out, span.remote.host.unwrap_or_default().as_bytes());
        append(out, span.logs.fields().texts().as_bytes());
        append(out, span.tags.heads().as_flattened());
        if !span.logs.marks().is_empty() {
            append(out, span.logs.marks().as_flattened());
            append(out, span.logs.fields().heads().as_flattened());
        }
        append_ip(out, span.local.ip);
        append_ip(out, span.remote.ip);
        for reference in span.references {
            out.extend_from_slice(reference_words(reference).as_flattened());
        }
    }
}

fn text_len(text: Option<&str>) -> usize {
    text.map_or(0, str::len)
}

/// Most parts of most spans are empty.
#[inline]
fn append(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.extend_from_slice(bytes);
    }
}

#[inline]
fn append_ip(out: &mut Vec<u8>, ip: Option<IpAddr>) {
    match ip {
        None => {}
        Some(IpAddr::V4(ip)) => out.extend_from_slice(&ip.octets()),
        Some(IpAddr::V6(ip)) => out.extend_from_slice(&ip.octets()),
    }
}

const fn flag(flag: u8, on: bool) -> u8 {
    if on { flag } else { 0 }
}

/// Two lengths in a word. No part of a span comes near 4 GiB.
const fn pair(low: usize, high: usize) -> [u8; 8] {
    (low as u32 as u64 | (high as u64) << 32).to_le_bytes()
}

/// And the bytes of its address.
#[inline]
fn endpoint_flags(end: &Endpoint<'_>) -> (u8, usize) {
    let (ip, len) = match end.ip {
        None => (0, 0),
        Some(IpAddr::V4(_)) => (V4, 4),
        Some(IpAddr::V6(_)) => (V6, 16),
    };
    let flags = flag(SERVICE, end.service.is_some())
        | flag(HOST, end.host.is_some())
        | flag(PORT, end.port.is_some());
    (flags | ip, len)
}

fn reference_words(reference: &Reference) -> [[u8; 8]; REFERENCE] {
    let context = &reference.context;
    let codes = [
        u8::from(reference.kind == ReferenceKind::FollowsFrom),
        context.sampling() as u8,
        flag(RANDOM, context.is_random()),
    ];
    let [kind, decision, random] = codes;
    [
        [kind, decision, random, 0, 0, 0, 0, 0],
        context.trace_id().high().to_le_bytes(),
        context.trace_id().low().to_le_bytes(),
        context.span_id().get().to_le_bytes(),
        context.parent_id().map_or(0, SpanId::get).to_le_bytes(),
    ]
}

#[cfg(test)]
mod tests;
