//! The wire format of protocol buffers, as far as Zipkin's messages need it, in its shortest form.
//!
//! Fields that hold their default are the caller's to leave out.

use std::fmt::{self, Display, Write};

use crate::buffer::Buffer;

const VARINT: u8 = 0;
pub(super) const FIXED_64: u8 = 1;
pub(super) const LENGTH: u8 = 2;

/// The number of a field, at most 15: its key is one byte.
pub(super) type Field = u8;

pub(super) const fn key(field: Field, wire_type: u8) -> u8 {
    (field << 3) | wire_type
}

/// Appends an integer, an enum or a truth value.
#[inline]
pub(super) fn number(out: &mut Buffer, field: Field, value: u64) {
    keyed(out, key(field, VARINT), value);
}

/// Appends a `fixed64`.
#[inline]
pub(super) fn fixed(out: &mut Buffer, field: Field, value: u64) {
    let value = value.to_le_bytes();
    out.lend(1 + value.len(), |room| {
        if let [first, rest @ ..] = room {
            *first = key(field, FIXED_64);
            rest.copy_from_slice(&value);
        }
    });
}

/// Appends some fields of bytes, each fewer than 128; all of them take `N`.
#[inline(always)]
pub(super) fn bytes<const N: usize, const FIELDS: usize>(
    out: &mut Buffer,
    fields: [(Field, &[u8]); FIELDS],
) {
    out.fill(|room: &mut [u8; N]| {
        let mut at = 0;
        for (field, value) in fields {
            let end = at + 2 + value.len();
            if let Some([first, len, rest @ ..]) = room.get_mut(at..end) {
                (*first, *len) = (key(field, LENGTH), value.len() as u8);
                rest.copy_from_slice(value);
            }
            at = end;
        }
        N
    });
}

/// Appends a text.
#[inline]
pub(super) fn text(out: &mut Buffer, field: Field, value: &str) {
    keyed(out, key(field, LENGTH), value.len() as u64);
    out.push_short(value.as_bytes());
}

/// Appends what `value` prints.
pub(super) fn print(out: &mut Buffer, value: &dyn Display) {
    // Writing to memory does not fail; a value that cannot print itself leaves what it printed.
    let _ = write!(Text(out), "{value}");
}

/// Appends what `write` appends as a message that is likely shorter than 128 bytes.
#[inline]
pub(super) fn nested(out: &mut Buffer, field: Field, write: impl FnOnce(&mut Buffer)) {
    // Not counted back from where it ends: without room for it, that would be in what is before.
    let at = out.len() + 1;
    out.put(&[key(field, LENGTH), 0]);
    write(out);
    close::<1>(out, at);
}

/// Appends what `write` appends as a message that is likely longer, but shorter than 16 KiB.
#[inline]
pub(super) fn nested_long(out: &mut Buffer, field: Field, write: impl FnOnce(&mut Buffer)) {
    let at = out.len() + 1;
    out.put(&[key(field, LENGTH), 0, 0]);
    write(out);
    close::<2>(out, at);
}

/// Writes the length of all that follows into the `ROOM` bytes that were left for it at a place;
/// moves what follows if that was not right.
#[inline]
fn close<const ROOM: usize>(out: &mut Buffer, at: usize) {
    let len = out.len().saturating_sub(at + ROOM) as u64;
    match ROOM {
        1 if len < 0x80 => out.patch(at, [len as u8]),
        2 if (0x80..0x4000).contains(&len) => {
            out.patch(at, [len as u8 | 0x80, (len >> 7) as u8]);
        }
        _ => close_elsewhere(out, at, ROOM, len),
    }
}

#[cold]
#[inline(never)]
fn close_elsewhere(out: &mut Buffer, at: usize, room: usize, len: u64) {
    let (digits, used) = digits(len);
    out.replace(at, room, digits.get(..used).unwrap_or_default());
}

/// A number in groups of seven bits, and how many there are.
fn digits(mut value: u64) -> ([u8; 10], usize) {
    let (mut digits, mut used) = ([0; 10], 0);
    for digit in &mut digits {
        used += 1;
        *digit = value as u8 & 0x7f;
        value >>= 7;
        if value == 0 {
            break;
        }
        *digit |= 0x80;
    }
    (digits, used)
}

/// Appends a key and the number behind it.
#[inline]
fn keyed(out: &mut Buffer, key: u8, value: u64) {
    if value < 0x80 {
        out.put(&[key, value as u8]);
    } else {
        keyed_long(out, key, value);
    }
}

#[inline(never)]
fn keyed_long(out: &mut Buffer, key: u8, value: u64) {
    let (digits, used) = digits(value);
    out.fill(|room: &mut [u8; 11]| {
        let [first, rest @ ..] = room;
        (*first, *rest) = (key, digits);
        1 + used
    });
}

struct Text<'a>(&'a mut Buffer);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for value in [0, 1, 127, 128, 300, 1 << 35, u64::MAX] {
            let mut out = Buffer::default();
            out.write(|out| number(out, 7, value));
            let mut expected = vec![7 << 3];
            prost::encoding::encode_varint(value, &mut expected);
            assert_eq!(out.as_bytes(), expected, "{value}");
        }
    }

    #[test]
    fn a_message_of_any_length_stands_behind_its_length() {
        for len in [0, 1, 127, 128, 129, 16_383, 16_384, 70_000] {
            let value = "x".repeat(len);
            let mut expected = b"before".to_vec();
            prost::encoding::string::encode(5, &value, &mut expected);
            let write: [fn(&mut Buffer, &str); 3] = [
                |out, value| text(out, 5, value),
                |out, value| nested(out, 5, |out| out.push(value.as_bytes())),
                |out, value| nested_long(out, 5, |out| out.push(value.as_bytes())),
            ];
            for write in write {
                let mut out = Buffer::default();
                out.write(|out| out.push(b"before"));
                out.write(|out| write(out, &value));
                assert_eq!(out.as_bytes(), expected, "{len}");
            }
        }
    }
}
