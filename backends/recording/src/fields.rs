//! Tags in bytes: how a span's tags, logs and references stand in a recorder and in the queue.
//!
//! One field: type (1 byte), length of the key (2), nothing (1), length of the value (4), then key
//! and value: text as it is, numbers as 8 bytes, booleans as none. Little-endian. Only this module
//! knows.

use std::fmt::{self, Write};

use tracer_core::{Tag, Value};

const TEXT: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const INT: u8 = 3;
const FLOAT: u8 = 4;

const HEAD: usize = 8;
const MAX_KEY: usize = 256;

/// Appends one field; text longer than `max_value` bytes is cut at a character boundary.
#[inline]
pub(crate) fn push(out: &mut Vec<u8>, tag: &Tag<'_>, max_value: usize) {
    let key = cut(tag.key, MAX_KEY);
    match tag.value {
        Value::Str(text) => parts(out, TEXT, key, cut(text, max_value).as_bytes()),
        Value::I64(value) => parts(out, INT, key, &value.to_le_bytes()),
        Value::Bool(value) => parts(out, if value { TRUE } else { FALSE }, key, &[]),
        Value::F64(value) => parts(out, FLOAT, key, &value.to_le_bytes()),
        other => push_shown(out, key, &other, max_value),
    }
}

#[inline]
fn parts(out: &mut Vec<u8>, kind: u8, key: &str, value: &[u8]) {
    out.extend_from_slice(&head(kind, key, value.len()));
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(value);
}

#[inline]
const fn head(kind: u8, key: &str, value: usize) -> [u8; HEAD] {
    // One number, so that it is written at once.
    (kind as u64 | (key.len() as u64) << 8 | (value as u64) << 32).to_le_bytes()
}

#[cold]
fn push_shown(out: &mut Vec<u8>, key: &str, value: &dyn fmt::Display, max_value: usize) {
    let at = out.len();
    parts(out, TEXT, key, &[]);
    let start = out.len();
    print(out, value, max_value);
    let head = head(TEXT, key, out.len() - start);
    if let Some(slot) = out.get_mut(at..at + HEAD) {
        slot.copy_from_slice(&head);
    }
}

/// Appends what `value` prints, cut at `max` bytes on a character boundary.
pub(crate) fn print(out: &mut Vec<u8>, value: &dyn fmt::Display, max: usize) {
    struct Limited<'a> {
        out: &'a mut Vec<u8>,
        left: usize,
    }
    impl Write for Limited<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let part = cut(text, self.left);
            self.out.extend_from_slice(part.as_bytes());
            // A cut ends the text: nothing may follow behind the gap.
            self.left = if part.len() < text.len() {
                0
            } else {
                self.left - part.len()
            };
            if self.left == 0 {
                Err(fmt::Error)
            } else {
                Ok(())
            }
        }
    }
    // The error only says that the limit was reached, or that the value could not print itself.
    let _ = write!(Limited { out, left: max }, "{value}");
}

/// The longest start of `text` with at most `max` bytes that ends on a character boundary.
#[inline]
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        text
    } else {
        cut_long(text, max)
    }
}

#[cold]
fn cut_long(text: &str, max: usize) -> &str {
    let end = (0..=max)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// A reader over bytes written here. Damaged input ends the walk; it never panics.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    #[inline]
    fn field(&mut self) -> Option<Field<'a>> {
        let head = self.u64()?;
        Some(Field {
            kind: head as u8,
            key: self.bytes(usize::from((head >> 8) as u16))?,
            value: self.bytes((head >> 32) as usize)?,
        })
    }
}

/// A field as it stands in bytes. Walks that look for a key read no more than this: to check that
/// texts are texts costs more than everything else.
struct Field<'a> {
    kind: u8,
    key: &'a [u8],
    value: &'a [u8],
}

impl<'a> Field<'a> {
    fn tag(&self) -> Option<Tag<'a>> {
        Some(Tag {
            key: std::str::from_utf8(self.key).ok()?,
            value: self.value()?,
        })
    }

    fn value(&self) -> Option<Value<'a>> {
        let value = self.value;
        Some(match self.kind {
            TEXT => Value::Str(std::str::from_utf8(value).ok()?),
            FALSE => Value::Bool(false),
            TRUE => Value::Bool(true),
            INT => Value::I64(i64::from_le_bytes(value.try_into().ok()?)),
            FLOAT => Value::F64(f64::from_le_bytes(value.try_into().ok()?)),
            _ => return None,
        })
    }
}

/// The tags of a span or the fields of a log, read from bytes.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a>(pub(crate) Reader<'a>);

impl<'a> Fields<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(Reader(bytes))
    }

    pub(crate) const fn as_bytes(&self) -> &'a [u8] {
        self.0.0
    }

    /// Each key once, with the value that was set last.
    pub fn iter(self) -> impl Iterator<Item = Tag<'a>> {
        let mut all = self;
        std::iter::from_fn(move || {
            loop {
                let field = all.0.field()?;
                if !all.fields().any(|later| later.key == field.key) {
                    return field.tag();
                }
            }
        })
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.fields()
            .filter(|field| field.key == key.as_bytes())
            .last()?
            .value()
    }

    /// True without any.
    pub fn is_empty(self) -> bool {
        self.0.0.is_empty()
    }

    /// Every field as it was written, doubles included.
    fn fields(self) -> impl Iterator<Item = Field<'a>> {
        let mut reader = self.0;
        std::iter::from_fn(move || reader.field())
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|tag| (tag.key, tag.value)))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(bytes: &[u8]) -> Vec<String> {
        Fields::new(bytes)
            .iter()
            .map(|tag| format!("{}={}", tag.key, tag.value))
            .collect()
    }

    #[test]
    fn every_type_comes_back_and_the_last_value_counts_once() {
        let mut bytes = Vec::new();
        for tag in [
            Tag::new("a", "x"),
            Tag::new("b", 1.5),
            Tag::new("c", true),
            Tag::new("d", 42),
            Tag::new("a", "y"),
            Tag::new("e", &format_args!("{}-{}", 1, 2) as &dyn fmt::Display),
        ] {
            push(&mut bytes, &tag, 100);
        }
        assert_eq!(printed(&bytes), ["b=1.5", "c=true", "d=42", "a=y", "e=1-2"]);
        assert_eq!(
            Fields::new(&bytes).get("a").map(|v| v.to_string()),
            Some("y".into())
        );
    }

    #[test]
    fn long_values_are_cut_on_a_character_boundary_and_nothing_follows_the_cut() {
        let mut bytes = Vec::new();
        push(&mut bytes, &Tag::new("text", "äöü"), 3);
        let shown: &dyn fmt::Display = &format_args!("{}{}", "äö", "b");
        push(&mut bytes, &Tag::new("shown", shown), 3);
        assert_eq!(printed(&bytes), ["text=ä", "shown=ä"]);
    }

    #[test]
    fn damaged_bytes_end_the_walk() {
        let mut bytes = Vec::new();
        push(&mut bytes, &Tag::new("a", "x"), 100);
        push(&mut bytes, &Tag::new("b", "y"), 100);
        for len in 0..bytes.len() {
            assert!(Fields::new(&bytes[..len]).iter().count() <= 1);
        }
    }
}
