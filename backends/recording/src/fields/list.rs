//! Fields under construction.

use tracer_core::{Tag, Value};

use super::{BOOL, FLOAT, Fields, HEAD, Head, INT, MAX_KEY, TEXT, cut, print};

/// Fields under construction, or kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldList {
    heads: Vec<Head>,
    texts: String,
}

impl FieldList {
    /// Adds a field; text longer than `max_value` bytes is cut at a character boundary.
    // The hottest function of a request: a call costs a quarter of what it does.
    #[inline(always)]
    pub(crate) fn push(&mut self, tag: &Tag<'_>, max_value: usize) {
        let key = cut(tag.key, MAX_KEY);
        let start = self.texts.len();
        self.texts.push_str(key);
        let (kind, word) = match tag.value {
            Value::Str(text) => {
                let text = cut(text, max_value);
                self.texts.push_str(text);
                (TEXT, text.len() as u64)
            }
            Value::I64(value) => (INT, value.cast_unsigned()),
            Value::Bool(value) => (BOOL, u64::from(value)),
            Value::F64(value) => (FLOAT, value.to_bits()),
            other => {
                let before = self.texts.len();
                print(&mut self.texts, &other, max_value);
                (TEXT, (self.texts.len() - before) as u64)
            }
        };
        let place = u64::from(kind) | (key.len() as u64) << 16 | (start as u64) << 32;
        let mut head = [0; HEAD];
        if let Some(slot) = head.first_chunk_mut() {
            *slot = place.to_le_bytes();
        }
        if let Some(slot) = head.last_chunk_mut() {
            *slot = word.to_le_bytes();
        }
        self.heads.push(head);
    }

    pub(crate) fn view(&self) -> Fields<'_> {
        Fields::new(&self.heads, &self.texts)
    }

    /// How many fields there are, doubles included.
    pub(crate) const fn len(&self) -> usize {
        self.heads.len()
    }

    /// Empties it; room for more than so many bytes is given back.
    #[inline]
    pub(crate) fn clear(&mut self, kept: usize) {
        self.heads.clear();
        self.texts.clear();
        self.heads.shrink_to(kept / HEAD);
        self.texts.shrink_to(kept);
    }
}
