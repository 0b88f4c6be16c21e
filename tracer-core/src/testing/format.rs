//! The headers of the tracer for tests.

use std::sync::Arc;

use crate::baggage::Baggage;
use crate::carrier::{Extract, Inject};
use crate::context::{Extra, Extracted, SpanContext};
use crate::id::{SpanId, TraceId};
use crate::percent;
use crate::sampling::Sampling;
use crate::span::SpanRef;

const TRACE: &str = "mock-trace-id";
const SPAN: &str = "mock-span-id";
const SAMPLED: &str = "mock-sampled";
const BAGGAGE: &str = "mock-baggage-";

pub(super) fn clear(carrier: &mut dyn Inject) {
    carrier.remove(TRACE);
    carrier.remove(SPAN);
    carrier.remove(SAMPLED);
    carrier.remove_prefix(BAGGAGE);
}

pub(super) fn inject(span: &SpanRef, carrier: &mut dyn Inject) {
    if let Some(context) = span.context() {
        carrier.set(TRACE, &context.trace_id().hex());
        carrier.set(SPAN, &context.span_id().hex());
    }
    match span.sampling() {
        Sampling::Defer => {}
        Sampling::Drop => carrier.set(SAMPLED, "0"),
        Sampling::Record => carrier.set(SAMPLED, "1"),
        Sampling::Debug => carrier.set(SAMPLED, "d"),
    }
    for item in span.extra().into_iter().flat_map(|extra| &extra.baggage) {
        let name = format!("{BAGGAGE}{}", item.key().to_ascii_lowercase());
        let mut value = String::with_capacity(item.value().len());
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'%';
        percent::encode(item.value(), plain, &mut value);
        carrier.set(&name, &value);
    }
}

pub(super) fn extract(carrier: &dyn Extract) -> Extracted {
    let extra = Extra {
        baggage: baggage(carrier),
        ..Extra::default()
    };
    let extra = (!extra.is_empty()).then(|| Arc::new(extra));
    ids(carrier).unwrap_or_default().with_extra(extra)
}

fn ids(carrier: &dyn Extract) -> Option<Extracted> {
    let sampling = match carrier.get(SAMPLED) {
        None => Sampling::Defer,
        Some(b"0") => Sampling::Drop,
        Some(b"1") => Sampling::Record,
        Some(b"d") => Sampling::Debug,
        Some(_) => return None,
    };
    match (carrier.get(TRACE), carrier.get(SPAN)) {
        (None, None) => Some(Extracted::decision(sampling)),
        (trace, span) => {
            let (trace, span) = (TraceId::parse(trace?)?, SpanId::parse(span?)?);
            let context = SpanContext::new(trace, span, sampling);
            Some(Extracted::context(context, false))
        }
    }
}

fn baggage(carrier: &dyn Extract) -> Baggage {
    let mut baggage = Baggage::new();
    carrier.each(&mut |name, value| {
        let key = name
            .get(..BAGGAGE.len())
            .filter(|start| start.eq_ignore_ascii_case(BAGGAGE))
            .and_then(|_| name.get(BAGGAGE.len()..));
        if let Some(key) = key {
            // A key that is no token came from elsewhere: absent.
            let _ = baggage.set(key, &percent::decode(value));
        }
    });
    baggage
}
