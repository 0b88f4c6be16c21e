//! Percent-encoding (RFC 3986, section 2.1), as headers, URLs and variables have it.
//!
//! ```
//! use tracer_core::percent;
//!
//! assert_eq!(percent::decode(b"caf%C3%A9 100%"), "café 100%");
//! assert_eq!(percent::decode_strict("caf%C3%A9").as_deref(), Some("café"));
//! assert_eq!(percent::decode_strict("100%"), None);
//! ```

use std::borrow::Cow;

use crate::hex;

/// Decodes `%XX`. What is no escape stays as it is; invalid UTF-8 becomes U+FFFD.
pub fn decode(text: &[u8]) -> Cow<'_, str> {
    decode_where(text, |_| None)
}

/// As [`decode`]; `+` is a space, as in queries.
pub fn decode_query(text: &[u8]) -> Cow<'_, str> {
    decode_where(text, |byte| (byte == b'+').then_some(b' '))
}

/// Decodes `%XX`; `None` for what is no escape, and for what is no UTF-8 then.
pub fn decode_strict(text: &str) -> Option<String> {
    let decoded: Option<Vec<u8>> = bytes(text.as_bytes())
        .map(|byte| match byte {
            Byte::Escaped(byte) => Some(byte),
            Byte::Plain(byte) => (byte != b'%').then_some(byte),
        })
        .collect();
    String::from_utf8(decoded?).ok()
}

fn decode_where(text: &[u8], other: impl Fn(u8) -> Option<u8>) -> Cow<'_, str> {
    let special = |byte: &u8| *byte == b'%' || other(*byte).is_some();
    if !text.iter().any(special) {
        return String::from_utf8_lossy(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    decoded.extend(bytes(text).map(|byte| match byte {
        Byte::Escaped(byte) => byte,
        Byte::Plain(byte) => other(byte).unwrap_or(byte),
    }));
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

/// A byte of a decoded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Byte {
    /// It stood there itself. A `%` is the start of no escape.
    Plain(u8),
    /// It was written as `%XX`.
    Escaped(u8),
}

impl Byte {
    /// The byte.
    #[inline]
    pub const fn get(self) -> u8 {
        match self {
            Self::Plain(byte) | Self::Escaped(byte) => byte,
        }
    }
}

/// The decoded bytes, one by one, without a copy.
#[inline]
pub const fn bytes(text: &[u8]) -> Bytes<'_> {
    Bytes(text)
}

/// What [`bytes`] returns.
#[derive(Clone, Debug)]
pub struct Bytes<'a>(&'a [u8]);

impl Iterator for Bytes<'_> {
    type Item = Byte;

    #[inline]
    fn next(&mut self) -> Option<Byte> {
        let (first, after) = self.0.split_first()?;
        if let Some((byte, after)) = escape(self.0) {
            self.0 = after;
            return Some(Byte::Escaped(byte));
        }
        self.0 = after;
        Some(Byte::Plain(*first))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len().div_ceil(3), Some(self.0.len()))
    }
}

#[inline]
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = text else {
        return None;
    };
    let byte = hex::decode_any_case(&[*high, *low])?;
    Some((u8::try_from(byte).ok()?, after))
}

/// Appends `text` with every byte escaped that is not `plain`.
pub fn encode(text: &str, plain: impl Fn(u8) -> bool, out: &mut String) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_escape_stays() {
        let cases = [
            ("no such item", "no such item"),
            ("caf%C3%A9%20%e2%82%ac", "café €"),
            ("100% %zz %4", "100% %zz %4"),
            ("%ff", "\u{fffd}"),
            ("a+b%2B", "a+b+"),
            ("%25%", "%%"),
            ("", ""),
        ];
        for (text, decoded) in cases {
            assert_eq!(decode(text.as_bytes()), decoded);
        }
        assert!(matches!(decode(b"plain"), Cow::Borrowed(_)));
    }

    #[test]
    fn in_a_query_a_plus_is_a_space_unless_it_was_escaped() {
        assert_eq!(decode_query(b"a+b%2Bc"), "a b+c");
        assert_eq!(decode_query(b"+"), " ");
    }

    #[test]
    fn the_strict_one_refuses_what_is_no_escape_or_no_text() {
        let decoded = decode_strict("a%2Fb%2f%C3%A4+%25");
        assert_eq!(decoded.as_deref(), Some("a/b/ä+%"));
        for bad in ["%", "%2", "%zz", "a%4", "%ff"] {
            assert_eq!(decode_strict(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded_again() {
        let text = "a key=100% ä\n€";
        for plain in [|byte: u8| byte.is_ascii_alphanumeric(), |_| false] {
            let mut encoded = String::new();
            encode(text, plain, &mut encoded);
            assert_eq!(decode_strict(&encoded).as_deref(), Some(text));
            let (least, most) = bytes(encoded.as_bytes()).size_hint();
            let count = bytes(encoded.as_bytes()).count();
            assert!(least <= count && count <= most.unwrap());
        }
    }
}
