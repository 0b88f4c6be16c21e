//! What the spans of one operation have in common.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::conventions::Known;

/// A name, and tags that all spans of that name have: what OpenTracing calls the operation. It is
/// made once and kept until the process ends, so that a tracer can note which one it is in the place
/// of all texts, and an exporter need not write them out again and again.
///
/// There is room for [`MOST`](Self::MOST) of them in a process. Spans of others are told of their
/// name and tags one by one, which is all the difference.
///
/// ```
/// use tracer_core::{Operation, conventions::keys};
///
/// let load = Operation::of("load", &[(keys::COMPONENT, "cache")]).unwrap();
/// let again = Operation::of("load", &[(keys::COMPONENT, "cache")]).unwrap();
/// assert_eq!((load.name(), load.number()), ("load", again.number()));
/// assert_eq!(Operation::from_number(load.number()), Some(load));
/// ```
pub struct Operation {
    number: u16,
    name: &'static str,
    tags: &'static [(Known, &'static str)],
    longest: usize,
    keys: u64,
}

static TABLE: [OnceLock<Operation>; Operation::MOST] = [const { OnceLock::new() }; Operation::MOST];
static USED: Mutex<usize> = Mutex::new(0);

impl Operation {
    /// How many there may be in a process.
    pub const MOST: usize = 1024;
    /// Bytes of the longest text that one may have.
    pub const MOST_BYTES: usize = 256;
    /// Tags that one may have.
    pub const MOST_TAGS: usize = 8;

    /// The operation with this name and these tags, of which no key stands twice. `None` if there is
    /// no room for another one, or a text or the list is too long.
    ///
    /// Takes a lock and looks through all of them: keep what it returns.
    pub fn of(name: &str, tags: &[(Known, &str)]) -> Option<&'static Self> {
        let texts = tags.iter().map(|(_, text)| text.len());
        let longest = texts.fold(name.len(), usize::max);
        let twice = |at: usize, key: Known| tags.iter().take(at).any(|(other, _)| *other == key);
        let double = tags.iter().enumerate().any(|(at, tag)| twice(at, tag.0));
        if longest > Self::MOST_BYTES || tags.len() > Self::MOST_TAGS || double {
            return None;
        }
        let mut used = USED.lock().unwrap_or_else(PoisonError::into_inner);
        let known = TABLE.iter().map_while(OnceLock::get);
        for operation in known {
            if operation.name == name && operation.tags == tags {
                return Some(operation);
            }
        }
        let place = TABLE.get(*used)?;
        let operation = place.get_or_init(|| Self {
            number: *used as u16,
            name: kept(name),
            tags: tags
                .iter()
                .map(|(key, text)| (*key, kept(text)))
                .collect::<Vec<_>>()
                .leak(),
            longest,
            keys: tags.iter().fold(0, |keys, tag| keys | 1 << tag.0.number()),
        });
        *used += 1;
        Some(operation)
    }

    /// True if there is no room for another one.
    pub(crate) fn is_full() -> bool {
        TABLE.last().is_some_and(|last| last.get().is_some())
    }

    /// The operation with this number.
    #[inline]
    pub fn from_number(number: u16) -> Option<&'static Self> {
        TABLE.get(usize::from(number))?.get()
    }

    /// Its number, from 0: for memory, not for the wire.
    #[inline]
    pub const fn number(&self) -> u16 {
        self.number
    }

    /// The name of its spans.
    #[inline]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The tags of its spans.
    #[inline]
    pub const fn tags(&self) -> &'static [(Known, &'static str)] {
        self.tags
    }

    /// The keys of its tags, as a set of their [numbers](Known::number).
    #[inline]
    pub const fn keys(&self) -> u64 {
        self.keys
    }

    /// Bytes of its longest text.
    #[inline]
    pub const fn longest(&self) -> usize {
        self.longest
    }
}

/// A text that stays until the process ends.
fn kept(text: &str) -> &'static str {
    String::from(text).leak()
}

impl PartialEq for Operation {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Operation {}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("name", &self.name)
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::keys;

    #[test]
    fn one_operation_is_made_once() {
        let get = |component| Operation::of("GET /a", &[(keys::COMPONENT, component)]).unwrap();
        let (one, same, other) = (get("axum"), get("axum"), get("actix"));
        assert!(std::ptr::eq(one, same) && one != other);
        assert_eq!(Operation::from_number(one.number()), Some(one));
        assert_eq!((one.name(), one.longest()), ("GET /a", 6));
        assert_eq!(other.tags(), [(keys::COMPONENT, "actix")]);
        assert_eq!(other.keys(), 1 << keys::COMPONENT.number());
    }

    #[test]
    fn texts_and_lists_have_bounds() {
        let long = "x".repeat(Operation::MOST_BYTES + 1);
        assert_eq!(Operation::of(&long, &[]), None);
        assert_eq!(Operation::of("a", &[(keys::COMPONENT, &long)]), None);
        assert_eq!(Operation::of("a", &[(keys::COMPONENT, "a"); 2]), None);
        let many: Vec<_> = (0..9)
            .map(|at| (Known::from_number(at).unwrap(), ""))
            .collect();
        assert!(Operation::of("many", &many[..8]).is_some());
        assert_eq!(Operation::of("many", &many), None);
    }
}
