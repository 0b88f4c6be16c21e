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

/// How many bytes a span takes in the queue.
#[inline]
pub(crate) fn len(span: &FinishedSpan<'_>) -> usize {
    let logs = span.logs.fields();
    let places = span.tags.heads().len() + span.logs.marks().len() + logs.heads().len();
    let error = span
        .error
        .map_or(0, |error| error.kind.len() + text_len(error.message));
    8 * HEAD
        + span.name.len()
        + error
        + endpoint_len(&span.local)
        + endpoint_len(&span.remote)
        + span.tags.texts().len()
        + logs.texts().len()
        + places * PLACE
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
    append(out, span.tags.texts().as_bytes());
    append(out, span.local.service.unwrap_or_default().as_bytes());
    append(out, span.remote.service.unwrap_or_default().as_bytes());
    if let Some(error) = span.error {
        append(out, error.kind.as_bytes());
        append(out, error.message.unwrap_or_default().as_bytes());
    }
    for host in [span.local.host, span.remote.host].into_iter().flatten() {
        append(out, host.as_bytes());
    }
    append(out, span.logs.fields().texts().as_bytes());
    append(out, span.tags.heads().as_flattened());
    if !span.logs.marks().is_empty() {
        append(out, span.logs.marks().as_flattened());
        append(out, span.logs.fields().heads().as_flattened());
    }
    for ip in [span.local.ip, span.remote.ip].into_iter().flatten() {
        match ip {
            IpAddr::V4(ip) => out.extend_from_slice(&ip.octets()),
            IpAddr::V6(ip) => out.extend_from_slice(&ip.octets()),
        }
    }
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
        pair(span.tags.texts().len(), span.tags.heads().len()),
        pair(span.logs.fields().texts().len(), span.logs.marks().len()),
        span.logs.fields().heads().len() as u64,
    ]
}

const fn flag(flag: u8, on: bool) -> u8 {
    if on { flag } else { 0 }
}

/// Two lengths in a word. No part of a span comes near 4 GiB.
const fn pair(low: usize, high: usize) -> u64 {
    low as u32 as u64 | (high as u64) << 32
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

#[cfg(test)]
mod tests;
