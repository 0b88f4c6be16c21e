//! B3 in several headers: `X-B3-*`.

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extracted, Inject, Sampling, SpanContext, SpanId, SpanRef, TraceId};

use super::b3_single::parse_both;
use super::propagator::{Propagator, Reading};

const TRACE: &str = "x-b3-traceid";
const SPAN: &str = "x-b3-spanid";
const PARENT: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";
pub(super) const NAMES: [&str; 5] = [TRACE, SPAN, PARENT, SAMPLED, FLAGS];

/// `X-B3-TraceId`, `X-B3-SpanId`, `X-B3-ParentSpanId`, `X-B3-Sampled`, `X-B3-Flags`.
#[derive(Clone, Debug, Default)]
pub struct B3Multi {
    trace: usize,
    span: usize,
    parent: usize,
    sampled: usize,
    flags: usize,
}

impl B3Multi {
    /// The format.
    pub fn new() -> Self {
        Self::default()
    }

    /// `None` if the decision is malformed.
    fn decision(&self, found: &Found<'_>) -> Option<Sampling> {
        let sampled = match found.first(self.sampled) {
            None => Sampling::Defer,
            Some(b"1") => Sampling::Record,
            Some(b"0") => Sampling::Drop,
            Some(value) if value.eq_ignore_ascii_case(b"true") => Sampling::Record,
            Some(value) if value.eq_ignore_ascii_case(b"false") => Sampling::Drop,
            Some(_) => return None,
        };
        Some(match found.first(self.flags) {
            Some(b"1") => Sampling::Debug,
            _ => sampled,
        })
    }

    /// `None` if they are malformed.
    #[inline(always)]
    fn ids(ids: [Option<&[u8]>; 3]) -> Option<(TraceId, SpanId, Option<SpanId>)> {
        let [trace, span, parent] = ids;
        let trace = TraceId::parse(trace?)?;
        let (span, parent) = match parent {
            Some(parent) => parse_both(span?, parent)?,
            None => (SpanId::parse(span?)?, None),
        };
        Some((trace, span, parent))
    }
}

impl Propagator for B3Multi {
    fn prepare(&mut self, names: &mut Names) {
        self.trace = names.add(TRACE);
        self.span = names.add(SPAN);
        self.parent = names.add(PARENT);
        self.sampled = names.add(SAMPLED);
        self.flags = names.add(FLAGS);
    }

    fn extract(&self, found: &Found<'_>) -> Reading {
        let Some(decision) = self.decision(found) else {
            return Reading::Malformed;
        };
        let ids = [self.trace, self.span, self.parent].map(|slot| found.first(slot));
        if let [None, None, None] = ids {
            return if decision.is_decided() {
                Reading::Hit(Extracted::decision(decision))
            } else {
                Reading::Absent
            };
        }
        match Self::ids(ids) {
            Some((trace, span, parent)) => {
                let context = SpanContext::new(trace, span, decision).with_parent(parent);
                Reading::Hit(Extracted::context(context, true))
            }
            None => Reading::Malformed,
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        match span.context() {
            Some(context) => {
                carrier.set_bytes(TRACE, context.trace_id().short_hex().as_bytes());
                carrier.set_bytes(SPAN, context.span_id().hex().as_bytes());
                match context.parent_id() {
                    Some(parent) => carrier.set_bytes(PARENT, parent.hex().as_bytes()),
                    None => carrier.remove(PARENT),
                }
            }
            None => [TRACE, SPAN, PARENT]
                .iter()
                .for_each(|name| carrier.remove(name)),
        }
        let (sampled, flags) = match span.sampling() {
            Sampling::Defer => (None, None),
            Sampling::Drop => (Some("0"), None),
            Sampling::Record => (Some("1"), None),
            Sampling::Debug => (None, Some("1")),
        };
        for (name, value) in [(SAMPLED, sampled), (FLAGS, flags)] {
            match value {
                Some(value) => carrier.set(name, value),
                None => carrier.remove(name),
            }
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        NAMES.iter().for_each(|name| carrier.remove(name));
    }
}
