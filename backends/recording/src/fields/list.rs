//! Fields under construction.

use tracer_core::{Key, Operation, Tag, Value};

use super::buffer::Buffer;
use super::field::{BOOL, FLOAT, Field, HEAD, Head, INT, TEXT, Words, head};
use super::{Fields, MAX_KEY, Wanted, cut, print};

/// Fields under construction, or kept; and other texts beside theirs, so that all of a span's are
/// copied at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldList {
    operation: Option<&'static Operation>,
    heads: Vec<Head>,
    texts: Buffer,
}

/// Where a text that is no field's begins among the texts, and its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl FieldList {
    /// Adds a field; text longer than `max_value` bytes is cut at a character boundary.
    pub(crate) fn push(&mut self, tag: &Tag<'_>, max_value: usize) {
        self.extend(std::slice::from_ref(tag), max_value);
    }

    /// Adds fields, as [`push`](Self::push) does one.
    pub(crate) fn extend(&mut self, tags: &[Tag<'_>], max_value: usize) {
        for tag in tags {
            let words = write(&mut self.texts, tag, max_value);
            self.heads.push(head(words));
        }
    }

    pub(crate) fn view(&self) -> Fields<'_> {
        Fields::new(self.operation, &self.heads, self.texts.as_str())
    }

    /// Puts the tags of an operation before all others.
    pub(crate) const fn set_operation(&mut self, operation: Option<&'static Operation>) {
        self.operation = operation;
    }

    pub(crate) const fn operation(&self) -> Option<&'static Operation> {
        self.operation
    }

    /// Where the fields stand.
    pub(crate) fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// All texts.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.texts.as_bytes()
    }

    /// How many fields there are beside the operation's, doubles included.
    pub(crate) const fn len(&self) -> usize {
        self.heads.len()
    }

    /// Adds a text that is no field's.
    #[inline]
    pub(crate) fn add_text(&mut self, text: &str) -> Piece {
        let start = self.texts.len();
        self.texts.push(text);
        self.since(start)
    }

    /// Adds it in parts.
    pub(crate) fn add_parts(&mut self, parts: [&str; 3]) -> Piece {
        let start = self.texts.len();
        parts.iter().for_each(|part| self.texts.push(part));
        self.since(start)
    }

    /// Adds what `text` prints, cut at `max` bytes.
    pub(crate) fn add_printed(&mut self, text: &dyn std::fmt::Display, max: usize) -> Piece {
        let start = self.texts.len();
        print(&mut self.texts, text, max);
        self.since(start)
    }

    #[inline]
    const fn since(&self, start: usize) -> Piece {
        Piece {
            start: start as u32,
            len: (self.texts.len() - start) as u32,
        }
    }

    /// A text that was added and not cleared.
    pub(crate) fn text(&self, piece: Piece) -> &str {
        let text = self.texts.get(piece.start as usize, piece.len as usize);
        text.unwrap_or_default()
    }

    /// True if there is a field with this key. Looks at keys alone: values may be long.
    pub(crate) fn has(&self, key: Key<'_>) -> bool {
        let (wanted, texts) = (Wanted::new(key), self.texts.as_bytes());
        self.heads.iter().any(|head| wanted.is_of(head, texts))
    }

    /// Takes every field with this key out; its texts stay where they are. Returns their bytes.
    pub(crate) fn remove(&mut self, key: Key<'_>) -> usize {
        let (wanted, texts) = (Wanted::new(key), self.texts.as_bytes());
        let mut left = 0;
        self.heads.retain(|head| {
            let gone = wanted.is_of(head, texts);
            if gone {
                left += Field::of(head).bytes();
            }
            !gone
        });
        left
    }

    /// Takes all fields out, and every text but the first so many bytes. Room for more than `kept`
    /// bytes is given back.
    #[inline]
    pub(crate) fn clear(&mut self, from: usize, kept: usize) {
        self.operation = None;
        self.heads.clear();
        self.texts.truncate(from);
        if self.texts.capacity() > kept || self.heads.capacity() > kept / HEAD {
            self.shrink(kept);
        }
    }

    #[cold]
    fn shrink(&mut self, kept: usize) {
        self.heads.shrink_to(kept / HEAD);
        self.texts.shrink(kept);
    }
}

/// Writes the texts of a field.
#[inline]
fn write(texts: &mut Buffer, tag: &Tag<'_>, max_value: usize) -> Words {
    let start = texts.len();
    let (number, key_len) = match tag.key.known() {
        Some(known) => (known.number() + 1, 0),
        None => {
            let key = cut(tag.key.as_str(), MAX_KEY);
            texts.push(key);
            (0, key.len())
        }
    };
    let (kind, word) = match tag.value {
        Value::Str(text) => {
            let text = cut(text, max_value);
            texts.push(text);
            (TEXT, text.len() as u64)
        }
        Value::I64(value) => (INT, value.cast_unsigned()),
        other => write_other(texts, &other, max_value),
    };
    Field {
        kind,
        number,
        key_len,
        start,
        word,
    }
    .to_words()
}

/// Out of line: what most tags are stays clear of what the others need.
#[inline(never)]
fn write_other(texts: &mut Buffer, value: &Value<'_>, max: usize) -> (u8, u64) {
    match *value {
        Value::Bool(value) => (BOOL, u64::from(value)),
        Value::F64(value) => (FLOAT, value.to_bits()),
        _ => {
            let before = texts.len();
            print(texts, value, max);
            (TEXT, (texts.len() - before) as u64)
        }
    }
}
