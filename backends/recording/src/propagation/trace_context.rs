//! W3C Trace Context, level 2: `traceparent`, `tracestate`.

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extracted, Inject, Sampling, SpanContext, SpanId, SpanRef, TraceId, hex};

use super::line::Line;
use super::propagator::{Carried, Propagator, Reading};
use super::trace_state;

pub(super) const TRACEPARENT: &str = "traceparent";
pub(super) const TRACESTATE: &str = "tracestate";

const SAMPLED: u8 = 0b01;
const RANDOM: u8 = 0b10;

/// `traceparent: 00-{trace}-{span}-{flags}` and the vendors' `tracestate`.
#[derive(Clone, Debug, Default)]
pub struct TraceContext {
    parent: usize,
    state: usize,
}

impl TraceContext {
    /// The format.
    pub fn new() -> Self {
        Self::default()
    }

    fn parent(&self, found: &Found<'_>) -> Option<SpanContext> {
        let value = found.first(self.parent)?;
        if found.is_doubled(self.parent) {
            return None;
        }
        parse(value)
    }
}

impl Propagator for TraceContext {
    fn prepare(&mut self, names: &mut Names) {
        self.parent = names.add(TRACEPARENT);
        self.state = names.add(TRACESTATE);
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        if found.first(self.parent).is_none() {
            return Reading::Absent;
        }
        self.parent(found).map_or(Reading::Malformed, |context| {
            Reading::Hit(Extracted::context(context, false))
        })
    }

    fn carry(
        &self,
        found: &Found<'_>,
        hit: Option<&SpanContext>,
        own: bool,
        carried: &mut Carried,
    ) {
        let Some(hit) = hit else { return };
        if !own {
            // Two of our own services speak B3 to each other; the vendor's part must survive that.
            let says_more = |value| found.first(self.state).is_some() || may_be_random(value);
            if !found.first(self.parent).is_some_and(says_more) {
                return;
            }
            match self.parent(found) {
                Some(parent) if parent.trace_id() == hit.trace_id() => {
                    carried.random |= parent.is_random();
                }
                _ => return,
            }
        }
        match trace_state::join(found.all(self.state)) {
            Ok(state) => carried.extra.trace_state = state,
            Err(trace_state::Malformed) => carried.malformed += 1,
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        let Some(context) = span.context() else {
            return self.clear(carrier);
        };
        let mut line = Line::<55>::new();
        line.push(b"00-");
        line.push(context.trace_id().hex().as_bytes());
        line.push(b"-");
        line.push(context.span_id().hex().as_bytes());
        line.push(match (context.is_random(), span.sampling().is_sampled()) {
            (false, false) => b"-00",
            (false, true) => b"-01",
            (true, false) => b"-02",
            (true, true) => b"-03",
        });
        carrier.set_bytes(TRACEPARENT, line.as_bytes());
        match span.extra().and_then(|extra| extra.trace_state.as_deref()) {
            Some(state) => carrier.set(TRACESTATE, state),
            None => carrier.remove(TRACESTATE),
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove(TRACEPARENT);
        carrier.remove(TRACESTATE);
    }
}

/// Section 3.2 of the standard.
fn parse(value: &[u8]) -> Option<SpanContext> {
    let (version, rest) = two_digits(trace_state::trim(value))?;
    let (trace, rest) = rest.strip_prefix(b"-")?.split_at_checked(32)?;
    let (span, rest) = rest.strip_prefix(b"-")?.split_at_checked(16)?;
    let (flags, rest) = two_digits(rest.strip_prefix(b"-")?)?;
    let trace = TraceId::parse(trace)?;
    let span = SpanId::parse(span)?;
    let ends_here = match rest {
        [] => true,
        // Only a version that we do not know may say more than this.
        [b'-', ..] => version != 0,
        _ => false,
    };
    if version == 0xff || !ends_here {
        return None;
    }
    let sampling = if flags & SAMPLED == 0 {
        Sampling::Drop
    } else {
        Sampling::Record
    };
    Some(SpanContext::new(trace, span, sampling).with_random(flags & RANDOM != 0))
}

/// By the last digit of the flags alone: for most, that is all there is to look at.
fn may_be_random(value: &[u8]) -> bool {
    let flags = trace_state::trim(value).get(54);
    let flags = flags.and_then(|digit| hex::decode_byte([b'0', *digit]));
    flags.is_some_and(|flags| flags & RANDOM != 0)
}

/// The first two digits and what stands behind them.
fn two_digits(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, rest) = text.split_first_chunk()?;
    Some((hex::decode_byte(*digits)?, rest))
}
