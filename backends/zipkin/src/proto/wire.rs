//! The wire format of protocol buffers, as far as Zipkin's messages need it, in its shortest form.
//!
//! Fields that hold their default are the caller's to leave out.

use std::fmt::{self, Display, Write};

const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH: u8 = 2;

/// The number of a field, at most 15: its key is one byte.
pub(super) type Field = u8;

const fn key(field: Field, wire_type: u8) -> u8 {
    (field << 3) | wire_type
}

/// Appends an integer, an enum or a truth value.
#[inline]
pub(super) fn number(out: &mut Vec<u8>, field: Field, value: u64) {
    keyed(out, key(field, VARINT), value);
}

/// Appends a `fixed64`.
pub(super) fn fixed(out: &mut Vec<u8>, field: Field, value: u64) {
    out.push(key(field, FIXED_64));
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends bytes or a text.
#[inline]
pub(super) fn bytes(out: &mut Vec<u8>, field: Field, value: &[u8]) {
    keyed(out, key(field, LENGTH), value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends what `value` prints as a text.
pub(super) fn printed(out: &mut Vec<u8>, field: Field, value: &dyn Display) {
    // Writing to memory does not fail; a value that cannot print itself leaves what it printed.
    nested(out, field, |out| {
        let _ = write!(Text(out), "{value}");
    });
}

/// Appends what `write` appends as a message that is likely shorter than 128 bytes.
pub(super) fn nested(out: &mut Vec<u8>, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
    delimited::<1>(out, field, write);
}

/// Appends what `write` appends as a message that is likely longer, but shorter than 16 KiB.
pub(super) fn nested_long(out: &mut Vec<u8>, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
    delimited::<2>(out, field, write);
}

/// Leaves room for a length of `ROOM` bytes, and moves the message if that was not right.
fn delimited<const ROOM: usize>(out: &mut Vec<u8>, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(key(field, LENGTH));
    let at = out.len();
    out.extend_from_slice(&[0; ROOM]);
    let start = out.len();
    write(out);
    let (digits, used) = digits((out.len() - start) as u64);
    let digits = digits.get(..used).unwrap_or_default();
    match out.get_mut(at..start) {
        Some(room) if room.len() == used => room.copy_from_slice(digits),
        _ => drop(out.splice(at..start, digits.iter().copied())),
    }
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
fn keyed(out: &mut Vec<u8>, key: u8, value: u64) {
    if value < 0x80 {
        out.extend_from_slice(&[key, value as u8]);
    } else {
        let (digits, used) = digits(value);
        out.push(key);
        out.extend_from_slice(digits.get(..used).unwrap_or_default());
    }
}

struct Text<'a>(&'a mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be() {
        for value in [0, 1, 127, 128, 300, 1 << 35, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, 7, value);
            let mut expected = vec![7 << 3];
            prost::encoding::encode_varint(value, &mut expected);
            assert_eq!(out, expected, "{value}");
        }
    }

    #[test]
    fn a_message_of_any_length_stands_behind_its_length() {
        for len in [0, 1, 127, 128, 129, 16_383, 16_384, 70_000] {
            let value = vec![b'x'; len];
            let mut expected = b"before".to_vec();
            bytes(&mut expected, 5, &value);
            let mut out = b"before".to_vec();
            nested(&mut out, 5, |out| out.extend_from_slice(&value));
            assert_eq!(out, expected, "{len}");
            out.truncate(6);
            nested_long(&mut out, 5, |out| out.extend_from_slice(&value));
            assert_eq!(out, expected, "{len}");
        }
    }
}
