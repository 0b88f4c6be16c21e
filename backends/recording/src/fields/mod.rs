//! Tags as they stand in a recorder and in the queue: heads of a fixed size in one place, all texts
//! in another, so that a key is found by numbers and texts are known to be texts.

mod buffer;
mod field;
mod list;
mod logs;
mod text;

use std::fmt;

use tracer_core::conventions::{Known, TABLE};
use tracer_core::{Key, Operation, Tag, Value};

pub(crate) use buffer::copy;
use field::{Field, number};
pub(crate) use field::{HEAD, Head};
pub(crate) use list::{FieldList, Piece};
pub(crate) use logs::{LogList, Logs};
use text::print;
pub(crate) use text::{Reader, cut, cut_name, printed};

const MAX_KEY: usize = 256;

/// The tags of a span or the fields of a log.
#[derive(Clone, Copy, Default)]
pub struct Fields<'a> {
    /// Its tags come before all others.
    operation: Option<&'static Operation>,
    heads: &'a [Head],
    texts: &'a str,
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
            // As it was written.
            text: cut(key.as_str(), MAX_KEY),
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
