//! JSON strings, written into bytes.

use std::fmt::{self, Write};
use std::net::IpAddr;

use crate::buffer::Buffer;
use crate::number::number;

/// Appends what `value` prints, as it stands between quotes.
pub(super) fn printed(out: &mut Buffer, value: &dyn fmt::Display) {
    // Writing to memory does not fail; a value that cannot print itself leaves what it printed.
    let _ = write!(Escaped(out), "{value}");
}

/// Appends an address; the usual ones without the machinery of `fmt`.
pub(super) fn address(out: &mut Buffer, ip: IpAddr) {
    let IpAddr::V4(ip) = ip else {
        return printed(out, &ip);
    };
    for (at, part) in ip.octets().into_iter().enumerate() {
        if at > 0 {
            out.put(b".");
        }
        number(out, u64::from(part));
    }
}

/// Escapes everything that is written to it.
struct Escaped<'a>(&'a mut Buffer);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escaped(self.0, text);
        Ok(())
    }
}

/// Appends `text` as it stands between quotes (RFC 8259, section 7).
#[inline]
pub(super) fn escaped(out: &mut Buffer, text: &str) {
    let text = text.as_bytes();
    let plain = match text.len() {
        8..=16 => short(out, text, |first, last| {
            let [first, last] = [first, last].map(u64::from_le_bytes);
            found(first) | found(last) == 0
        }),
        17..=32 => short::<16>(out, text, |first, last| {
            is_plain([first, last].as_flattened())
        }),
        4..=7 => short(out, text, |first, last| {
            let [first, last] = [first, last].map(u32::from_le_bytes).map(u64::from);
            found(first | last << 32) == 0
        }),
        2..=3 => short(out, text, |first, last| {
            let [first, last] = [first, last].map(u16::from_le_bytes).map(u64::from);
            found(first | last << 16 | SPACES << 32) == 0
        }),
        1 => short(out, text, |[byte], _| !must_escape(byte)),
        0 => true,
        _ => return long(out, text),
    };
    if !plain {
        escape_all(out, text);
    }
}

/// Appends `N` to `2 * N` bytes, looked at and copied without a loop: their two ends, which may
/// overlap. False if there is something to escape.
#[inline]
fn short<const N: usize>(
    out: &mut Buffer,
    text: &[u8],
    is_plain: impl FnOnce([u8; N], [u8; N]) -> bool,
) -> bool {
    let (Some(first), Some(last)) = (text.first_chunk(), text.last_chunk()) else {
        return false;
    };
    if !is_plain(*first, *last) {
        return false;
    }
    out.push_ends::<N>(text);
    true
}

#[inline(never)]
fn long(out: &mut Buffer, text: &[u8]) {
    let (chunks, _) = text.as_chunks::<32>();
    // The last chunk overlaps the one before.
    let mut all = chunks.iter().chain(text.last_chunk());
    if all.all(|chunk| is_plain(chunk)) {
        out.push(text);
    } else {
        escape_all(out, text);
    }
}

/// True if nothing is to be escaped. Without a way out before the end, so that the compiler looks
/// at sixteen bytes at once.
#[inline]
fn is_plain(text: &[u8]) -> bool {
    !text
        .iter()
        .fold(false, |found, byte| found | must_escape(*byte))
}

const ONES: u64 = u64::from_le_bytes([1; 8]);
const SPACES: u64 = ONES * 0x20;

/// The same for eight bytes: sets the high bit of each that is escaped, and perhaps of some behind
/// one; never of one before the first.
#[inline]
const fn found(word: u64) -> u64 {
    const HIGH: u64 = ONES * 0x80;
    let quotes = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
    let backslashes = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
    // Bytes with the high bit are parts of characters.
    (word.wrapping_sub(SPACES) | quotes | backslashes) & !word & HIGH
}

#[cold]
#[inline(never)]
fn escape_all(out: &mut Buffer, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| must_escape(*byte)) {
        let (plain, from) = rest.split_at(at);
        out.push(plain);
        let Some((byte, after)) = from.split_first() else {
            return;
        };
        escape(out, *byte);
        rest = after;
    }
    out.push(rest);
}

#[inline]
fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

fn escape(out: &mut Buffer, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let digit = |nibble: u8| nibble + if nibble < 10 { b'0' } else { b'a' - 10 };
            let (high, low) = (digit(byte >> 4), digit(byte & 0x0f));
            out.put(&[b'\\', b'u', b'0', b'0', high, low]);
            return;
        }
    };
    out.put(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::integer;

    fn written(write: impl Fn(&mut Buffer)) -> String {
        let mut out = Buffer::default();
        out.write(&write);
        String::from_utf8(out.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn every_character_comes_back() {
        let all: String = ('\0'..'\u{3000}').chain(['😀', '\u{10ffff}']).collect();
        let json = format!("\"{}\"", written(|out| escaped(out, &all)));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
        let json = format!("\"{}\"", written(|out| printed(out, &all)));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), all);
    }

    #[test]
    fn a_byte_to_escape_is_found_wherever_it_stands() {
        for len in 0..100 {
            let plain: String = (0..len)
                .map(|at| [' ', '!', '[', '\x7f', ']'][at % 5])
                .collect();
            assert_eq!(written(|out| escaped(out, &plain)), plain);
            for at in 0..len {
                for (found, expected) in [
                    ('\0', "\\u0000"),
                    ('\x1f', "\\u001f"),
                    ('"', "\\\""),
                    ('\\', "\\\\"),
                ] {
                    let with = |text: &str| format!("{}{text}{}", &plain[..at], &plain[at + 1..]);
                    let text = with(found.encode_utf8(&mut [0; 4]));
                    assert_eq!(written(|out| escaped(out, &text)), with(expected));
                }
            }
        }
    }

    #[test]
    fn escapes_are_the_short_ones() {
        assert_eq!(
            written(|out| escaped(out, "a\"b\\c\n\r\t\u{8}\u{c}\u{1}\u{1f}/é")),
            r#"a\"b\\c\n\r\t\b\f\u0001\u001f/é"#
        );
    }

    #[test]
    fn integers_and_addresses_are_written_as_they_print() {
        for value in [0, 7, -7, i64::MAX, i64::MIN] {
            assert_eq!(written(|out| integer(out, value)), value.to_string());
        }
        for text in ["0.0.0.0", "10.0.0.7", "255.255.255.255", "2001:db8::1"] {
            let ip = text.parse().unwrap();
            assert_eq!(written(|out| address(out, ip)), text);
        }
    }
}
