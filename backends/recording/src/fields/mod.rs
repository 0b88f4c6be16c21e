//! Tags as they stand in a recorder and in the queue: heads of a fixed size in one place, all texts
//! in another, so that a key is found by numbers and texts are known to be texts.
//!
//! A head is two words: type (1 byte), nothing (1), length of the key (2), where the key begins in
//! the texts (4); then the length of the value, which follows its key, or the number itself.
//! Little-endian. Only this module knows.

mod buffer;
mod list;
mod logs;
mod text;

use std::fmt;

use tracer_core::{Tag, Value};

pub(crate) use list::{FieldList, Piece};
pub(crate) use logs::{LogList, Logs};
use text::print;
pub(crate) use text::{Reader, cut};

const TEXT: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const FLOAT: u8 = 3;

const MAX_KEY: usize = 256;

/// The place of one field.
pub(crate) type Head = [u8; HEAD];
pub(crate) const HEAD: usize = 16;

/// The tags of a span or the fields of a log.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    heads: &'a [Head],
    texts: &'a str,
}

/// A field, its texts not yet looked at.
#[derive(Clone, Copy)]
struct Field {
    kind: u8,
    key_len: usize,
    start: usize,
    word: u64,
}

#[inline]
fn key_len(head: &Head) -> usize {
    let [_, _, low, high, ..] = head;
    usize::from(u16::from_le_bytes([*low, *high]))
}

impl Field {
    #[inline]
    fn of(head: &Head) -> Self {
        let word = |bytes: Option<&[u8; 8]>| bytes.copied().map_or(0, u64::from_le_bytes);
        let place = word(head.first_chunk());
        Self {
            kind: place as u8,
            key_len: usize::from((place >> 16) as u16),
            start: (place >> 32) as usize,
            word: word(head.last_chunk()),
        }
    }

    /// Of its texts.
    const fn bytes(self) -> usize {
        match self.kind {
            TEXT => self.key_len + self.word as usize,
            _ => self.key_len,
        }
    }

    fn is_named(self, texts: &[u8], key: &str) -> bool {
        let at = self.start..self.start.saturating_add(self.key_len);
        self.key_len == key.len() && texts.get(at) == Some(key.as_bytes())
    }

    #[inline]
    fn key(self, texts: &str) -> Option<&str> {
        texts.get(self.start..self.start.checked_add(self.key_len)?)
    }

    #[inline]
    fn value(self, texts: &str) -> Option<Value<'_>> {
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

impl<'a> Fields<'a> {
    pub(crate) const fn new(heads: &'a [Head], texts: &'a str) -> Self {
        Self { heads, texts }
    }

    pub(crate) const fn heads(&self) -> &'a [Head] {
        self.heads
    }

    pub(crate) const fn texts(&self) -> &'a str {
        self.texts
    }

    /// Each key once, with the value that was set last.
    pub fn iter(self) -> impl Iterator<Item = Tag<'a>> {
        let mut left = self.heads;
        std::iter::from_fn(move || {
            loop {
                let (head, later) = left.split_first()?;
                left = later;
                let field = Field::of(head);
                let key = field.key(self.texts)?;
                // Mostly the lengths alone tell keys apart.
                let is_later = |head: &Head| {
                    key_len(head) == field.key_len && self.has_key(Field::of(head), key)
                };
                if !later.iter().any(is_later) {
                    let value = field.value(self.texts)?;
                    return Some(Tag { key, value });
                }
            }
        })
    }

    /// The value of a key.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        self.heads
            .iter()
            .rev()
            .map(Field::of)
            .find(|field| self.has_key(*field, key))?
            .value(self.texts)
    }

    /// True without any.
    pub fn is_empty(self) -> bool {
        self.heads.is_empty()
    }

    #[inline]
    fn has_key(self, field: Field, key: &str) -> bool {
        field.key_len == key.len() && field.key(self.texts) == Some(key)
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

    fn printed(fields: Fields<'_>) -> Vec<String> {
        let print = |tag: Tag<'_>| format!("{}={}", tag.key, tag.value);
        fields.iter().map(print).collect()
    }

    fn of(tags: &[Tag<'_>], max: usize) -> FieldList {
        let mut list = FieldList::default();
        tags.iter().for_each(|tag| list.push(tag, max));
        list
    }

    #[test]
    fn every_type_comes_back_and_the_last_value_counts_once() {
        let shown: &dyn fmt::Display = &format_args!("{}-{}", 1, 2);
        let list = of(
            &[
                Tag::new("a", "x"),
                Tag::new("b", 1.5),
                Tag::new("c", true),
                Tag::new("d", -42),
                Tag::new("a", "y"),
                Tag::new("e", shown),
                Tag::new("f", false),
                Tag::new("", ""),
            ],
            100,
        );
        assert_eq!(
            printed(list.view()),
            ["b=1.5", "c=true", "d=-42", "a=y", "e=1-2", "f=false", "="]
        );
        let a = list.view().get("a").map(|value| value.to_string());
        assert_eq!(a.as_deref(), Some("y"));
        assert!(list.view().get("g").is_none());
    }

    #[test]
    fn long_values_are_cut_on_a_character_boundary_and_nothing_follows_the_cut() {
        let shown: &dyn fmt::Display = &format_args!("{}{}", "äö", "b");
        let list = of(&[Tag::new("text", "äöü"), Tag::new("shown", shown)], 3);
        assert_eq!(printed(list.view()), ["text=ä", "shown=ä"]);
    }

    #[test]
    fn damaged_heads_and_texts_end_the_walk() {
        let list = of(&[Tag::new("a", "ä"), Tag::new("b", "y")], 100);
        let all = list.view();
        for len in 0..all.texts.len() {
            let Some(texts) = all.texts.get(..len) else {
                continue;
            };
            assert!(Fields::new(all.heads, texts).iter().count() <= 1);
        }
        let wild = [[0xff; HEAD]; 3];
        assert_eq!(Fields::new(&wild, "abc").iter().count(), 0);
        assert!(Fields::new(&wild, "abc").get("a").is_none());
    }
}
