//! W3C Baggage: the header `baggage`.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering};

use tracer_core::baggage::is_token;
use tracer_core::carrier::{Found, Names};
use tracer_core::{BaggageItem, Inject, SpanContext, SpanRef, percent};

use super::propagator::{Carried, MAX_MEMBERS, Propagator, Reading};
use super::trace_state::trim;

pub(super) const BAGGAGE: &str = "baggage";

/// The most bytes of all members with their commas (section 3.3.2).
const MAX_BYTES: usize = 8192;

/// `baggage: key=value;property, ...`
#[derive(Debug, Default)]
pub struct W3cBaggage {
    slot: usize,
    dropped: AtomicU64,
}

impl W3cBaggage {
    /// The format.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Propagator for W3cBaggage {
    fn prepare(&mut self, names: &mut Names) {
        self.slot = names.add(BAGGAGE);
    }

    fn extract(&self, _: &Found<'_>) -> Reading {
        Reading::Absent
    }

    fn carry(&self, found: &Found<'_>, _: Option<&SpanContext>, _: bool, carried: &mut Carried) {
        let mut size = 0;
        let mut members = 0;
        let headers = found.all(self.slot);
        for member in headers.flat_map(|header| header.split(|byte| *byte == b',')) {
            let member = trim(member);
            if member.is_empty() {
                continue;
            }
            members += 1;
            size += member.len() + usize::from(members > 1);
            if members > MAX_MEMBERS || size > MAX_BYTES {
                carried.dropped += 1;
            } else if read(member, carried).is_none() {
                carried.malformed += 1;
            }
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        let Some(extra) = span.extra().filter(|extra| !extra.baggage.is_empty()) else {
            return carrier.remove(BAGGAGE);
        };
        let mut line = String::new();
        let mut written = 0;
        for item in extra.baggage.iter().take(MAX_MEMBERS) {
            let start = line.len();
            write(item, &mut line);
            if line.len() > MAX_BYTES {
                line.truncate(start);
                break;
            }
            written += 1;
        }
        let dropped = extra.baggage.len() - written;
        if dropped > 0 {
            let dropped = u64::try_from(dropped).unwrap_or(u64::MAX);
            self.dropped.fetch_add(dropped, Ordering::Relaxed);
        }
        if line.is_empty() {
            carrier.remove(BAGGAGE);
        } else {
            carrier.set(BAGGAGE, &line);
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove(BAGGAGE);
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

/// `None` if the member is malformed. Of members with one key the last counts, as in OpenTelemetry's readers.
fn read(member: &[u8], carried: &mut Carried) -> Option<()> {
    let mut parts = member.splitn(2, |byte| *byte == b';');
    let mut pair = parts.next()?.splitn(2, |byte| *byte == b'=');
    let key = trim(pair.next()?);
    if !is_token(key) {
        return None;
    }
    let key = std::str::from_utf8(key).ok()?;
    let value = trim(pair.next()?);
    if value.iter().any(u8::is_ascii_control) {
        return None;
    }
    let properties = match parts.next().map(trim) {
        None | Some([]) => None,
        // White space may be tabs, which are not handed on.
        Some(text) => Some(match std::str::from_utf8(text).ok()? {
            text if text.contains('\t') => Cow::Owned(text.replace('\t', " ")),
            text => Cow::Borrowed(text),
        }),
    };
    let properties = properties.as_deref();
    let value = percent::decode(value);
    let baggage = &mut carried.extra.baggage;
    if baggage.get(key).is_some() {
        return baggage.set_with_properties(key, &value, properties).ok();
    }
    carried.item(key, &value, properties);
    Some(())
}

fn write(item: &BaggageItem, line: &mut String) {
    if !line.is_empty() {
        line.push(',');
    }
    line.push_str(item.key());
    line.push('=');
    percent::encode(item.value(), is_plain, line);
    if let Some(properties) = item.properties() {
        line.push(';');
        line.push_str(properties);
    }
}

/// The `baggage-octet` of section 3.3.1.1. `+` is escaped, because some readers take it for a space.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !b"\"%+,;\\".contains(&byte)
}
