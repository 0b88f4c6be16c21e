//! Tags as they stand in a recorder and in the queue: heads of a fixed size in one place, all texts
//! in another, so that a key is found by numbers and texts are known to be texts.
//!
//! A head is two words: type (1 byte), number of the key (1), its length (2), where it begins in the
//! texts (4); then the length of the value, which follows its key, or the number itself.
//! Little-endian. The number of a name that layers write is one more than its row in their table,
//! and it has no text; that of every other key is nothing. Only this module knows.

mod buffer;
mod list;
mod logs;
mod text;

use std::fmt;

use tracer_core::conventions::{Known, TABLE};
use tracer_core::{Key, Operation, Tag, Value};

pub(crate) use buffer::copy;
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

/// The same as two numbers, which are handed over in registers.
type Words = (u64, u64);

#[inline]
fn head((place, word): Words) -> Head {
    let mut head = [0; HEAD];
    if let Some(slot) = head.first_chunk_mut() {
        *slot = place.to_le_bytes();
    }
    if let Some(slot) = head.last_chunk_mut() {
        *slot = word.to_le_bytes();
    }
    head
}

/// The tags of a span or the fields of a log.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    /// Its tags come before all others.
    operation: Option<&'static Operation>,
    heads: &'a [Head],
    texts: &'a str,
}

/// A field, its texts not yet looked at.
#[derive(Clone, Copy)]
struct Field {
    kind: u8,
    number: u8,
    key_len: usize,
    start: usize,
    word: u64,
}

/// The number of a key; nothing for a text.
#[inline]
fn number(key: Option<Known>) -> u8 {
    key.map_or(0, |known| known.number() + 1)
}

/// A key that fields are compared with, in whichever form they have theirs.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    number: u8,
    text: &'a str,
}

impl<'a> Wanted<'a> {
    #[inline]
    fn new(key: Key<'a>) -> Self {
        Self {
            number: number(key.looked_up()),
            text: key.as_str(),
        }
    }

    /// Mostly the number or the length alone tells keys apart.
    #[inline]
    fn is_of(self, head: &Head, texts: &[u8]) -> bool {
        let field = Field::of(head);
        if field.number != 0 {
            return field.number == self.number;
        }
        let at = field.start..field.start.saturating_add(field.key_len);
        field.key_len == self.text.len() && texts.get(at) == Some(self.text.as_bytes())
    }
}

impl Field {
    #[inline]
    fn of(head: &Head) -> Self {
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
    const fn to_words(self) -> Words {
        let place = self.kind as u64
            | (self.number as u64) << 8
            | (self.key_len as u64) << 16
            | (self.start as u64) << 32;
        (place, self.word)
    }

    /// Of its texts.
    const fn bytes(self) -> usize {
        match self.kind {
            TEXT => self.key_len + self.word as usize,
            _ => self.key_len,
        }
    }

    /// As a number if layers write it, though it was given as text.
    #[inline]
    fn key(self, texts: &str) -> Option<Key<'_>> {
        match self.number.checked_sub(1) {
            Some(number) => Known::from_number(number).map(Key::from),
            None => {
                let end = self.start.checked_add(self.key_len)?;
                texts.get(self.start..end).map(Key::of)
            }
        }
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
    pub(crate) const fn new(
        operation: Option<&'static Operation>,
        heads: &'a [Head],
        texts: &'a str,
    ) -> Self {
        Self {
            operation,
            heads,
            texts,
        }
    }

    /// The operation, whether or not all of its tags have kept their values.
    pub(crate) const fn operation(&self) -> Option<&'static Operation> {
        self.operation
    }

    /// Those that were said beside the operation's.
    pub(crate) const fn own(self) -> Self {
        Self::new(None, self.heads, self.texts)
    }

    pub(crate) const fn heads(&self) -> &'a [Head] {
        self.heads
    }

    pub(crate) const fn texts(&self) -> &'a str {
        self.texts
    }

    /// Each key once, with the value that was set last. Names that layers write are
    /// [known](Key::known), in whichever form they were given.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = Tag<'a>> {
        let numbers = self.numbers();
        let common = self.operation.map_or(&[][..], Operation::tags);
        self.all(common, self.hidden(&numbers), &numbers)
    }

    /// As [`iter`](Self::iter), but the tags of the span's operation apart from the others, if all of
    /// them have kept their values: for exporters that have them ready.
    #[inline]
    pub fn split(self) -> (Option<&'static Operation>, impl Iterator<Item = Tag<'a>>) {
        let numbers = self.numbers();
        let hidden = self.hidden(&numbers);
        match self.operation {
            Some(operation) if hidden != 0 => (None, self.all(operation.tags(), hidden, &numbers)),
            operation => (operation, self.all(&[], 0, &numbers)),
        }
    }

    #[inline]
    fn all(self, common: &'static [Common], hidden: u64, numbers: &Numbers) -> Iter<'a> {
        Iter {
            common: common.iter(),
            hidden,
            left: self.heads,
            texts: self.texts,
            doubtful: numbers.doubtful,
        }
    }

    /// Which of the operation's tags have other values, as a set of numbers.
    #[inline]
    fn hidden(self, numbers: &Numbers) -> u64 {
        let Some(operation) = self.operation else {
            return 0;
        };
        // Numbers here are one more.
        let mut hidden = numbers.once & operation.keys() << 1;
        if numbers.once & TEXTS != 0 {
            hidden |= self.hidden_by_texts(operation);
        }
        hidden
    }

    /// The same, as far as those values stand under keys that were given as texts.
    #[inline(never)]
    fn hidden_by_texts(self, operation: &Operation) -> u64 {
        let tags = operation.tags().iter();
        let hidden = tags.filter(|(key, _)| stands_in(self.heads, (*key).into(), self.texts));
        hidden.fold(0, |set, (key, _)| set | bit(number(Some(*key))))
    }

    #[inline]
    fn numbers(self) -> Numbers {
        let (mut once, mut twice) = (0, 0);
        for [_, number, ..] in self.heads {
            let bit = bit(*number);
            twice |= once & bit;
            once |= bit;
        }
        // A text may be one of the names that have a number.
        let doubtful = if once & TEXTS != 0 && once != TEXTS {
            u64::MAX
        } else {
            twice
        };
        Numbers { once, doubtful }
    }

    /// The value of a key.
    pub fn get<'k>(self, key: impl Into<Key<'k>>) -> Option<Value<'a>> {
        let wanted = Wanted::new(key.into());
        let texts = self.texts.as_bytes();
        let mut from_last = self.heads.iter().rev();
        if let Some(head) = from_last.find(|head| wanted.is_of(head, texts)) {
            return Field::of(head).value(self.texts);
        }
        let common = self.operation.map_or(&[][..], Operation::tags);
        let found = common
            .iter()
            .find(|(key, _)| number(Some(*key)) == wanted.number);
        found.map(|(_, text)| Value::Str(text))
    }

    /// True without any.
    pub fn is_empty(self) -> bool {
        self.iter().next().is_none()
    }
}

/// A tag of an operation.
type Common = (Known, &'static str);

/// The numbers of keys, as sets.
struct Numbers {
    /// All.
    once: u64,
    /// Those whose keys may stand there twice: only these need to be compared one by one.
    doubtful: u64,
}

/// The number of all keys that have none.
const TEXTS: u64 = bit(0);

/// Of a set of numbers. Those above it are damaged, and end every walk.
#[inline]
const fn bit(number: u8) -> u64 {
    1 << (number % 64)
}
const _: () = assert!(TABLE.len() < 64);

struct Iter<'a> {
    common: std::slice::Iter<'static, Common>,
    /// Those that come later, with other values.
    hidden: u64,
    left: &'a [Head],
    texts: &'a str,
    doubtful: u64,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Tag<'a>;

    // A call for each tag costs as much as what it does.
    #[inline(always)]
    fn next(&mut self) -> Option<Tag<'a>> {
        for (key, text) in self.common.by_ref() {
            if self.hidden & bit(number(Some(*key))) == 0 {
                return Some(Tag::new(*key, *text));
            }
        }
        loop {
            let (head, later) = self.left.split_first()?;
            self.left = later;
            let field = Field::of(head);
            let key = field.key(self.texts)?;
            if self.doubtful & bit(field.number) == 0 || !stands_in(later, key, self.texts) {
                let value = field.value(self.texts)?;
                return Some(Tag { key, value });
            }
        }
    }
}

fn stands_in(heads: &[Head], key: Key<'_>, texts: &str) -> bool {
    let (wanted, texts) = (Wanted::new(key), texts.as_bytes());
    heads.iter().any(|head| wanted.is_of(head, texts))
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.iter().map(|tag| (tag.key, tag.value)))
            .finish()
    }
}

#[cfg(test)]
mod tests;
