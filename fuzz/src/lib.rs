//! What the targets share: headers as text, and the promises that every format keeps.

pub mod proto;
pub mod span;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use tracer_core::{Extracted, Sampling, SpanContext, SpanRef};
use tracer_recording::{Clock, Propagation};

/// Headers as they were received: doubles are possible, values are any bytes.
pub type Received<'a> = Vec<(&'a str, &'a [u8])>;

/// Headers as they are sent.
pub type Sent = BTreeMap<String, String>;

/// Headers, a line each: `name: value`. What is no such line is left out.
pub fn headers(data: &[u8]) -> Received<'_> {
    data.split(|byte| *byte == b'\n')
        .filter_map(header)
        .collect()
}

fn header(line: &[u8]) -> Option<(&str, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    let value = value.strip_prefix(b": ").or(value.strip_prefix(b":"))?;
    Some((std::str::from_utf8(name).ok()?, value))
}

/// Every line is a value of the header with this name.
pub fn values<'a>(name: &'a str, data: &'a [u8]) -> Received<'a> {
    data.split(|byte| *byte == b'\n')
        .map(|value| (name, value))
        .collect()
}

/// A clock by which enough time passes between two requests for one more debug flag.
#[derive(Debug, Default)]
pub struct Patient(AtomicU64);

impl Clock for Patient {
    fn ticks(&self) -> u64 {
        self.0.fetch_add(1_000_000_000, Ordering::Relaxed)
    }

    fn nanos_between(&self, start: u64, end: u64) -> u64 {
        end.saturating_sub(start)
    }

    fn wall(&self) -> u64 {
        0
    }
}

/// The formats with these names.
///
/// # Panics
///
/// When there is no such format.
pub fn propagation(names: &str) -> Propagation {
    let builder = Propagation::builder().clock(Arc::new(Patient::default()));
    builder.names(names).expect("known names").build()
}

/// Every format at once.
pub static ALL: LazyLock<Propagation> =
    LazyLock::new(|| propagation("b3,tracecontext,baggage,jaeger,b3multi"));

/// What is sent for this context.
pub fn sent(propagation: &Propagation, context: &SpanContext) -> Sent {
    let mut sent = Sent::new();
    propagation.inject(&SpanRef::from_context(context.clone()), &mut sent);
    sent
}

/// Reads headers and checks what holds for whatever comes: the result is one of context, decision or
/// nothing; what is sent on is printable ASCII in lower-case names; the next hop reads the same.
///
/// # Panics
///
/// When a promise is broken.
pub fn extract(propagation: &Propagation, received: &Received<'_>) -> Extracted {
    let extracted = propagation.extract(received);
    let Some(context) = extracted.span_context() else {
        assert!(!extracted.is_joinable());
        return extracted;
    };
    assert_eq!(context.sampling(), extracted.sampling());
    assert_ne!(context.parent_id(), Some(context.span_id()));
    let first = sent(propagation, context);
    for (name, value) in &first {
        assert!(!name.is_empty() && !name.bytes().any(|byte| byte.is_ascii_uppercase()));
        assert!(name.bytes().all(|byte| byte.is_ascii_graphic()), "{name:?}");
        let printable = |byte: u8| matches!(byte, b' '..=b'~');
        assert!(value.bytes().all(printable), "{name}: {value:?}");
    }
    let again = propagation.extract(&first);
    let next = again.span_context().expect("what we send is valid");
    if context.sampling() == Sampling::Defer && next.sampling() == Sampling::Drop {
        // `uber-trace-id` cannot say "deferred"; where it is read first, that is what is read.
        assert!(first.contains_key("uber-trace-id"));
        return extracted;
    }
    assert_eq!(format!("{next:?}"), format!("{context:?}"));
    // The second hop sends what the first one sent: nothing grows, nothing is lost on the way.
    assert_eq!(sent(propagation, next), first);
    extracted
}

/// A percent-decoder that shares nothing with the one under test.
pub fn percent_decoded(text: &[u8], plus_is_space: bool) -> String {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let digits = text.get(at + 1..at + 3);
        let digits = digits.filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        match (byte, digits) {
            (b'%', Some(digits)) => {
                let digits = std::str::from_utf8(digits).expect("hex digits");
                bytes.push(u8::from_str_radix(digits, 16).expect("hex digits"));
                at += 3;
            }
            (b'+', _) if plus_is_space => {
                bytes.push(b' ');
                at += 1;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
