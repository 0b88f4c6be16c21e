//! Ids: read from headers, made, and current on the thread.

use std::cell::Cell;

use http::{HeaderMap, HeaderName};

/// What is current while a request is served.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    /// The high half of the trace's id.
    pub trace_high: u64,
    /// The low half.
    pub trace_low: u64,
    /// The span.
    pub span: u64,
    /// Its parent; zero at the root.
    pub parent: u64,
}

thread_local! {
    static CURRENT: Cell<Ids> = const {
        Cell::new(Ids { trace_high: 0, trace_low: 0, span: 0, parent: 0 })
    };
    static SEED: Cell<u64> = const { Cell::new(0x9e37_79b9_7f4a_7c15) };
}

/// Makes these ids current; returns the earlier ones.
#[inline(always)]
pub(super) fn swap(ids: Ids) -> Ids {
    CURRENT.replace(ids)
}

#[inline(always)]
fn random() -> u64 {
    let mut x = SEED.get();
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    SEED.set(x);
    x
}

static TRACE: HeaderName = HeaderName::from_static("x-b3-traceid");
static SPAN: HeaderName = HeaderName::from_static("x-b3-spanid");
static PARENT: HeaderName = HeaderName::from_static("x-b3-parentspanid");
static SAMPLED: HeaderName = HeaderName::from_static("x-b3-sampled");

/// The ids of the new span, and what its caller decided.
#[inline(always)]
pub(super) fn read(headers: &HeaderMap) -> (Ids, Option<bool>) {
    let trace = headers.get(&TRACE).and_then(|value| {
        let bytes = value.as_bytes();
        let (high, low) = bytes.split_at_checked(bytes.len().checked_sub(16)?)?;
        Some((decode(high)?, decode(low)?))
    });
    let caller = headers
        .get(&SPAN)
        .and_then(|value| decode(value.as_bytes()));
    let above = headers
        .get(&PARENT)
        .and_then(|value| decode(value.as_bytes()));
    let sampled = headers.get(&SAMPLED).map(|value| value.as_bytes() == b"1");
    std::hint::black_box(above);
    let span = random();
    let ids = match (trace, caller) {
        (Some((trace_high, trace_low)), Some(parent)) => Ids {
            trace_high,
            trace_low,
            span,
            parent,
        },
        _ => Ids {
            trace_high: 0,
            trace_low: span,
            span,
            parent: 0,
        },
    };
    (ids, sampled)
}

const BAD: u8 = 0xff;

static DIGITS: [u8; 256] = {
    let mut table = [BAD; 256];
    let mut digit = 0;
    while digit < 10 {
        table[b'0' as usize + digit] = digit as u8;
        digit += 1;
    }
    let mut digit = 0;
    while digit < 6 {
        table[b'a' as usize + digit] = 10 + digit as u8;
        table[b'A' as usize + digit] = 10 + digit as u8;
        digit += 1;
    }
    table
};

#[inline(always)]
fn decode(text: &[u8]) -> Option<u64> {
    let mut value = 0;
    let mut bad = 0;
    for byte in text {
        let digit = DIGITS.get(usize::from(*byte)).copied().unwrap_or(BAD);
        bad |= digit;
        value = (value << 4) | u64::from(digit & 0xf);
    }
    (bad < 16 && text.len() <= 16).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Case, Wire, headers};

    #[test]
    fn b3_headers_are_read_and_bad_digits_refused() {
        let (ids, sampled) = read(&headers(Case::SampledParent, Wire::B3));
        assert_eq!(ids.trace_high, 0x4bf9_2f35_77b3_4da6);
        assert_eq!(ids.parent, 0x00f0_67aa_0ba9_02b7);
        assert_eq!(sampled, Some(true));
        assert_eq!(decode(b"00f067aa0ba9020g"), None);
        assert_eq!(read(&headers(Case::NewRoot, Wire::B3)).0.parent, 0);
    }
}
