//! The wire format of protocol buffers, as far as Zipkin's messages need it, in its shortest form.
//!
//! Fields that hold their default are the caller's to leave out.

use std::fmt::{self, Display, Write};

const VARINT: u8 = 0;
const FIXED_64: u8 = 1;
const LENGTH: u8 = 2;

/// The number of a field, at most 15: its key is one byte.
pub(super) type Field = u8;

fn key(out: &mut Vec<u8>, field: Field, wire_type: u8) {
    out.push((field << 3) | wire_type);
}

/// Appends an integer, an enum or a truth value.
pub(super) fn number(out: &mut Vec<u8>, field: Field, value: u64) {
    key(out, field, VARINT);
    varint(out, value);
}

/// Appends a `fixed64`.
pub(super) fn fixed(out: &mut Vec<u8>, field: Field, value: u64) {
    key(out, field, FIXED_64);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends bytes or a text.
pub(super) fn bytes(out: &mut Vec<u8>, field: Field, value: &[u8]) {
    key(out, field, LENGTH);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends what `value` prints as a text.
pub(super) fn printed(out: &mut Vec<u8>, field: Field, value: &dyn Display) {
    // Writing to memory does not fail; a value that cannot print itself leaves what it printed.
    nested(out, field, |out| {
        let _ = write!(Text(out), "{value}");
    });
}

/// Appends what `write` appends as a message.
pub(super) fn nested(out: &mut Vec<u8>, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
    key(out, field, LENGTH);
    // Room for the length of a short message; a longer one moves by the rest of its length.
    let at = out.len();
    out.push(0);
    write(out);
    let len = out.len() - at - 1;
    match out.get_mut(at) {
        Some(slot) if len < 0x80 => *slot = len as u8,
        _ => {
            let mut digits = Vec::with_capacity(10);
            varint(&mut digits, len as u64);
            out.splice(at..=at, digits);
        }
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
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
            varint(&mut out, value);
            let mut expected = Vec::new();
            prost::encoding::encode_varint(value, &mut expected);
            assert_eq!(out, expected, "{value}");
        }
    }

    #[test]
    fn a_message_of_any_length_stands_behind_its_length() {
        for len in [0, 1, 127, 128, 129, 16_383, 16_384, 70_000] {
            let value = vec![b'x'; len];
            let mut out = b"before".to_vec();
            nested(&mut out, 5, |out| out.extend_from_slice(&value));
            let mut expected = b"before".to_vec();
            bytes(&mut expected, 5, &value);
            assert_eq!(out, expected, "{len}");
        }
    }
}
