//! B3 in one header: `b3`.

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extracted, Inject, Sampling, SpanContext, SpanId, SpanRef, TraceId, hex};

use super::line::Line;
use super::propagator::{Propagator, Reading};

pub(super) const B3: &str = "b3";

/// `b3: {trace}-{span}[-{0|1|d}[-{parent}]]`, or the lone `0`, `1`, `d`.
#[derive(Clone, Debug, Default)]
pub struct B3Single {
    slot: usize,
    no_parent: bool,
}

impl B3Single {
    /// The format as requests use it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Written without the parent, as messages carry it.
    pub fn without_parent() -> Self {
        Self {
            no_parent: true,
            ..Self::default()
        }
    }
}

impl Propagator for B3Single {
    fn prepare(&mut self, names: &mut Names) {
        self.slot = names.add(B3);
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        match found.first(self.slot) {
            None => Reading::Absent,
            Some(value) => parse(value).map_or(Reading::Malformed, Reading::Hit),
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        let decision = match span.sampling() {
            Sampling::Defer => "",
            Sampling::Drop => "0",
            Sampling::Record => "1",
            Sampling::Debug => "d",
        };
        let Some(context) = span.context() else {
            if decision.is_empty() {
                carrier.remove(B3);
            } else {
                carrier.set(B3, decision);
            }
            return;
        };
        let mut line = Line::<68>::new();
        line.push(context.trace_id().short_hex().as_bytes());
        line.push(b"-");
        line.push(context.span_id().hex().as_bytes());
        if !decision.is_empty() {
            line.push(b"-");
            line.push(decision.as_bytes());
        }
        if let Some(parent) = context.parent_id().filter(|_| !self.no_parent) {
            line.push(b"-");
            line.push(parent.hex().as_bytes());
        }
        carrier.set_bytes(B3, line.as_bytes());
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove(B3);
    }
}

fn parse(value: &[u8]) -> Option<Extracted> {
    if let Some(decision) = decision(value) {
        return Some(Extracted::decision(decision));
    }
    let (trace, rest) = match value.get(16) {
        Some(b'-') => value.split_at(16),
        _ => value.split_at_checked(32)?,
    };
    let (span, rest) = rest.strip_prefix(b"-")?.split_at_checked(16)?;
    let trace = TraceId::parse(trace)?;
    let (sampling, parent) = match rest {
        [] => (Sampling::Defer, None),
        [b'-', one] => (decision(&[*one])?, None),
        [b'-', one, b'-', parent @ ..] => (decision(&[*one])?, Some(parent)),
        [b'-', parent @ ..] => (Sampling::Defer, Some(parent)),
        _ => return None,
    };
    let (span, parent) = match parent {
        Some(parent) => parse_both(span, parent)?,
        None => (SpanId::parse(span)?, None),
    };
    let context = SpanContext::new(trace, span, sampling).with_parent(parent);
    Some(Extracted::context(context, true))
}

fn decision(value: &[u8]) -> Option<Sampling> {
    match value {
        b"0" => Some(Sampling::Drop),
        b"1" => Some(Sampling::Record),
        b"d" => Some(Sampling::Debug),
        _ => None,
    }
}

/// Twice 16 lower-case hex digits; a parent that is all zero is none. `None` if one of them is
/// malformed.
pub(super) fn parse_both(span: &[u8], parent: &[u8]) -> Option<(SpanId, Option<SpanId>)> {
    let ids = (span.try_into().ok()?, parent.try_into().ok()?);
    let [span, parent] = hex::decode_two(ids.0, ids.1)?;
    Some((SpanId::new(span)?, SpanId::new(parent)))
}
