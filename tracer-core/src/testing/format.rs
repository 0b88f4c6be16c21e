//! The headers of the tracer for tests.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::baggage::Baggage;
use crate::carrier::{Extract, Inject};
use crate::context::{Extra, Extracted, Sampling, SpanContext};
use crate::hex;
use crate::id::{SpanId, TraceId};
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
        carrier.set(&name, &percent_encoded(item.value()));
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
            let _ = baggage.set(key, &percent_decoded(value));
        }
    });
    baggage
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn percent_decoded(text: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let escaped = match after {
            [high, low, ..] if *first == b'%' => hex::decode_any_case(&[*high, *low]),
            _ => None,
        };
        match escaped.and_then(|byte| u8::try_from(byte).ok()) {
            Some(byte) => {
                decoded.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
