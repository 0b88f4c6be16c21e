//! Percent-encoding (RFC 3986, section 2.1).

use std::borrow::Cow;

use tracer_core::hex;

/// Decodes `%XX`; what is no escape stays as it is. Invalid UTF-8 becomes U+FFFD.
pub(super) fn decode(text: &[u8], plus_is_space: bool) -> Cow<'_, str> {
    let special = |byte: &u8| *byte == b'%' || (plus_is_space && *byte == b'+');
    if !text.iter().any(special) {
        return String::from_utf8_lossy(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    bytes(text, |byte, escaped| {
        let plus = plus_is_space && byte == b'+' && !escaped;
        decoded.push(if plus { b' ' } else { byte });
    });
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

/// Calls `f` with every decoded byte and whether it was escaped.
pub(super) fn bytes(text: &[u8], mut f: impl FnMut(u8, bool)) {
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        match escape(rest) {
            Some((byte, tail)) => {
                f(byte, true);
                rest = tail;
            }
            None => {
                f(*first, false);
                rest = tail;
            }
        }
    }
}

fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, tail @ ..] = text else {
        return None;
    };
    let byte = hex::decode_any_case(&[*high, *low])?;
    Some((u8::try_from(byte).ok()?, tail))
}

/// Appends `text` with every byte escaped that is not `plain`.
pub(super) fn encode(text: &str, plain: impl Fn(u8) -> bool, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii() && plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 0x0f] {
                out.push(char::from(DIGITS[usize::from(nibble)]));
            }
        }
    }
}
