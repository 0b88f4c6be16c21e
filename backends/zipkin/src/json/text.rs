//! JSON strings, written into bytes.

use std::fmt::{self, Write};
use std::net::IpAddr;

/// Appends `text` in quotes.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escaped(out, text);
    out.push(b'"');
}

/// Appends what `value` prints, in quotes.
pub(super) fn printed(out: &mut Vec<u8>, value: &dyn fmt::Display) {
    out.push(b'"');
    // Writing to memory does not fail; a value that cannot print itself leaves what it printed.
    let _ = write!(Escaped(out), "{value}");
    out.push(b'"');
}

/// Appends a number.
pub(super) fn number(out: &mut Vec<u8>, mut value: u64) {
    // The digits of 2^64, from the back.
    let mut digits = [0; 20];
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + (value % 10) as u8;
        used += 1;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - used..).unwrap_or_default());
}

/// Appends an address in quotes; the usual ones without the machinery of `fmt`.
pub(super) fn address(out: &mut Vec<u8>, ip: IpAddr) {
    let IpAddr::V4(ip) = ip else {
        return printed(out, &ip);
    };
    for (at, part) in ip.octets().into_iter().enumerate() {
        out.push(if at == 0 { b'"' } else { b'.' });
        number(out, u64::from(part));
    }
    out.push(b'"');
}

/// Appends an integer in quotes.
pub(super) fn integer(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(if value < 0 { b"\"-" } else { b"\"" });
    number(out, value.unsigned_abs());
    out.push(b'"');
}

/// Escapes everything that is written to it.
struct Escaped<'a>(&'a mut Vec<u8>);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escaped(self.0, text);
        Ok(())
    }
}

/// Appends `text` as it stands between quotes (RFC 8259, section 7).
fn escaped(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    if is_plain(rest) {
        return out.extend_from_slice(rest);
    }
    while let Some(at) = rest.iter().position(|byte| must_escape(*byte)) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        let Some((byte, after)) = from.split_first() else {
            return;
        };
        escape(out, *byte);
        rest = after;
    }
    out.extend_from_slice(rest);
}

/// True if nothing is to be escaped: most texts, and looked at eight bytes at a time.
fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks();
    match text.last_chunk() {
        // The last word overlaps the one before.
        Some(last) => words.iter().chain([last]).all(|word| is_plain_word(*word)),
        None => !rest.iter().any(|byte| must_escape(*byte)),
    }
}

/// Sets the high bit of each byte that is escaped, and perhaps of some behind one; never of one
/// before the first.
fn is_plain_word(word: [u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let word = u64::from_le_bytes(word);
    let is = |byte: u8| {
        let difference = word ^ (ONES * u64::from(byte));
        difference.wrapping_sub(ONES) & !difference
    };
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    (control | is(b'"') | is(b'\\')) & HIGH == 0
}

fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(byte >> 4), digit(byte & 0x0f)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_character_comes_back() {
        let all: String = ('\0'..'\u{3000}').chain(['😀', '\u{10ffff}']).collect();
        let json = written(|out| string(out, &all));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
        let json = written(|out| printed(out, &all));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
    }

    #[test]
    fn a_byte_to_escape_is_found_wherever_it_stands() {
        for len in 0..40 {
            let plain: Vec<u8> = (0..len)
                .map(|at| [b' ', b'!', b'[', 0x7f, 0xff][at % 5])
                .collect();
            assert!(is_plain(&plain), "{plain:?}");
            for at in 0..len {
                for byte in [0, 0x1f, b'"', b'\\'] {
                    let mut text = plain.clone();
                    text[at] = byte;
                    assert!(!is_plain(&text), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn escapes_are_the_short_ones() {
        assert_eq!(
            written(|out| string(out, "a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}/é")),
            r#""a\"b\\c\n\r\t\b\f\u0001\u001f/é""#
        );
    }

    #[test]
    fn integers_and_addresses_are_written_as_they_print() {
        for value in [0, 7, -7, i64::MAX, i64::MIN] {
            assert_eq!(written(|out| integer(out, value)), format!("\"{value}\""));
        }
        for text in ["0.0.0.0", "10.0.0.7", "255.255.255.255", "2001:db8::1"] {
            let ip = text.parse().unwrap();
            assert_eq!(written(|out| address(out, ip)), format!("\"{text}\""));
        }
    }

    #[test]
    fn numbers_have_all_their_digits() {
        for value in [0, 9, 10, 1_700_000_000_000_000, u64::MAX] {
            assert_eq!(written(|out| number(out, value)), value.to_string());
        }
    }
}
