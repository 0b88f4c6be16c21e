//! Jaeger's own headers: `uber-trace-id`, `uberctx-*`, `jaeger-baggage`.

use tracer_core::baggage::is_token;
use tracer_core::carrier::{Found, Names};
use tracer_core::{
    Extracted, Inject, Sampling, SpanContext, SpanId, SpanRef, TraceId, hex, percent,
};

use super::line::Line;
use super::propagator::{Carried, Propagator, Reading};
use super::trace_state::trim;

pub(super) const TRACE: &str = "uber-trace-id";
pub(super) const ITEM: &str = "uberctx-";
pub(super) const ITEMS: &str = "jaeger-baggage";

const SAMPLED: u64 = 0b01;
const DEBUG: u64 = 0b10;

/// `uber-trace-id: {trace}:{span}:{parent}:{flags}`, `uberctx-{key}: {value}`.
#[derive(Clone, Debug, Default)]
pub struct Jaeger {
    trace: usize,
    items: usize,
    /// How keys are spelled that come as names of headers, which have no case.
    spelled: Vec<Box<str>>,
}

impl Jaeger {
    /// The format.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with these keys spelled as here, whatever the names of headers make of them.
    pub(super) fn spelling(mut self, keys: &[Box<str>]) -> Self {
        self.spelled = keys.to_vec();
        self
    }
}

impl Propagator for Jaeger {
    fn prepare(&mut self, names: &mut Names) {
        self.trace = names.add(TRACE);
        self.items = names.add(ITEMS);
        names.add_prefix(ITEM);
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        match found.first(self.trace) {
            None => Reading::Absent,
            // Few escape it, and no digit is an escape: what can be read as it is has none.
            Some(value) => parse(value)
                .or_else(|| parse(unescape(value)?.as_bytes()))
                .map_or(Reading::Malformed, Reading::Hit),
        }
    }

    fn carry(&self, found: &Found<'_>, _: Option<&SpanContext>, _: bool, carried: &mut Carried) {
        for (name, value) in found.others() {
            if let Some(key) = name.strip_prefix(ITEM) {
                let mut spelled = self.spelled.iter().map(|key| &**key);
                let key = spelled
                    .find(|it| it.eq_ignore_ascii_case(key))
                    .unwrap_or(key);
                // A header name has no case: the item may be here under its true key already.
                let mut items = carried.extra.baggage.iter();
                if !items.any(|item| item.key().eq_ignore_ascii_case(key)) {
                    carried.item(key, &percent::decode_query(value), None);
                }
            }
        }
        let lists = found.all(self.items);
        for member in lists.flat_map(|list| list.split(|byte| *byte == b',')) {
            let member = trim(member);
            let mut pair = member.splitn(2, |byte| *byte == b'=');
            match (pair.next().map(trim), pair.next().map(trim)) {
                (Some(key), Some(value)) if is_token(key) => {
                    let key = String::from_utf8_lossy(key);
                    carried.item(&key, &String::from_utf8_lossy(value), None);
                }
                _ if member.is_empty() => {}
                _ => carried.malformed += 1,
            }
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        match span.context() {
            Some(context) => write(context, span.sampling(), carrier),
            None => carrier.remove(TRACE),
        }
        carrier.remove(ITEMS);
        carrier.remove_prefix(ITEM);
        let Some(extra) = span.extra() else { return };
        for item in &extra.baggage {
            let name = [ITEM, item.key()].concat().to_ascii_lowercase();
            let mut value = String::new();
            percent::encode(item.value(), is_unreserved, &mut value);
            carrier.set(&name, &value);
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove(TRACE);
        carrier.remove(ITEMS);
        carrier.remove_prefix(ITEM);
    }
}

/// `None` if it is longer than any valid value.
fn unescape(value: &[u8]) -> Option<Line<69>> {
    let mut line = Line::new();
    let fits = percent::bytes(value).all(|byte| line.push(&[byte.get()]));
    fits.then_some(line)
}

fn parse(value: &[u8]) -> Option<Extracted> {
    let mut parts = value.split(|byte| *byte == b':');
    let trace = parse_trace(parts.next()?)?;
    let span = SpanId::new(hex::decode_any_case(parts.next()?)?)?;
    let parent = SpanId::new(hex::decode_any_case(parts.next()?)?);
    let flags = parts.next().filter(|digits| digits.len() <= 2)?;
    let flags = hex::decode_any_case(flags)?;
    if parts.next().is_some() {
        return None;
    }
    let sampling = match (flags & SAMPLED != 0, flags & DEBUG != 0) {
        (false, _) => Sampling::Drop,
        (true, false) => Sampling::Record,
        (true, true) => Sampling::Debug,
    };
    let context = SpanContext::new(trace, span, sampling).with_parent(parent);
    Some(Extracted::context(context, false))
}

fn parse_trace(digits: &[u8]) -> Option<TraceId> {
    let (high, low) = digits.split_at(digits.len().saturating_sub(16));
    let high = if high.is_empty() {
        0
    } else {
        hex::decode_any_case(high)?
    };
    TraceId::from_halves(high, hex::decode_any_case(low)?)
}

fn write(context: &SpanContext, sampling: Sampling, carrier: &mut dyn Inject) {
    let mut line = Line::<69>::new();
    line.push(context.trace_id().short_hex().as_bytes());
    line.push(b":");
    line.push(context.span_id().hex().as_bytes());
    line.push(b":");
    match context.parent_id() {
        Some(parent) => line.push(parent.hex().as_bytes()),
        None => line.push(b"0"),
    };
    line.push(match sampling {
        Sampling::Defer | Sampling::Drop => b":0",
        Sampling::Record => b":1",
        Sampling::Debug => b":3",
    });
    carrier.set_bytes(TRACE, line.as_bytes());
}

/// RFC 3986, section 2.3.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}
