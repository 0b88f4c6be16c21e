//! Where one tag stands.
//!
//! A head is two words: type (1 byte), number of the key (1), its length (2), where it begins in the
//! texts (4); then the length of the value, which follows its key, or the number itself.
//! Little-endian. The number of a name that layers write is one more than its row in their table,
//! and it has no text; that of every other key is nothing. Only this module knows.

use tracer_core::conventions::Known;
use tracer_core::{Key, Value};

pub(super) const TEXT: u8 = 0;
pub(super) const BOOL: u8 = 1;
pub(super) const INT: u8 = 2;
pub(super) const FLOAT: u8 = 3;

/// The place of one field.
pub(crate) type Head = [u8; HEAD];
pub(crate) const HEAD: usize = 16;

/// The same as two numbers, which are handed over in registers.
pub(super) type Words = (u64, u64);

#[inline]
pub(super) fn head((place, word): Words) -> Head {
    let mut head = [0; HEAD];
    if let Some(slot) = head.first_chunk_mut() {
        *slot = place.to_le_bytes();
    }
    if let Some(slot) = head.last_chunk_mut() {
        *slot = word.to_le_bytes();
    }
    head
}

/// A field, its texts not yet looked at.
#[derive(Clone, Copy)]
pub(super) struct Field {
    pub(super) kind: u8,
    pub(super) number: u8,
    pub(super) key_len: usize,
    pub(super) start: usize,
    pub(super) word: u64,
}

/// The number of a key; nothing for a text.
#[inline]
pub(super) fn number(key: Option<Known>) -> u8 {
    key.map_or(0, |known| known.number() + 1)
}

impl Field {
    #[inline]
    pub(super) fn of(head: &Head) -> Self {
        let word = |bytes: Option<&[u8; 8]>| bytes.copied().map_or(0, u64::from_le_bytes);
        let place = word(head.first_chunk());
        Self {
            kind: place as u8,
            number: (place >> 8) as u8,
            key_len: usize::from((place >> 16) as u16),
            start: (place >> 32) as usize,
            word: word(head.last_chunk()),
        }
    }

    #[inline]
    pub(super) const fn to_words(self) -> Words {
        let place = self.kind as u64
            | (self.number as u64) << 8
            | (self.key_len as u64) << 16
            | (self.start as u64) << 32;
        (place, self.word)
    }

    /// Of its texts.
    pub(super) const fn bytes(self) -> usize {
        match self.kind {
            TEXT => self.key_len + self.word as usize,
            _ => self.key_len,
        }
    }

    /// As a number if layers write it, though it was given as text.
    #[inline]
    pub(super) fn key(self, texts: &str) -> Option<Key<'_>> {
        match self.number.checked_sub(1) {
            Some(number) => Known::from_number(number).map(Key::from),
            None => {
                let end = self.start.checked_add(self.key_len)?;
                texts.get(self.start..end).map(Key::of)
            }
        }
    }

    #[inline]
    pub(super) fn value(self, texts: &str) -> Option<Value<'_>> {
        Some(match self.kind {
            TEXT => {
                let start = self.start.checked_add(self.key_len)?;
                let len = usize::try_from(self.word).ok()?;
                Value::Str(texts.get(start..start.checked_add(len)?)?)
            }
            BOOL => Value::Bool(self.word != 0),
            INT => Value::I64(self.word.cast_signed()),
            FLOAT => Value::F64(f64::from_bits(self.word)),
            _ => return None,
        })
    }
}
