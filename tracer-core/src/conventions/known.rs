//! The names of the table as numbers.

use std::fmt;

use super::table::{Mapping, TABLE};

/// A name of the [table](super::TABLE): one byte, so that it is compared and kept as a number. The
/// constants are in [`keys`](super::keys).
///
/// ```
/// use tracer_core::conventions::{Known, keys};
///
/// assert_eq!(Known::of("http.method"), Some(keys::HTTP_METHOD));
/// assert_eq!(keys::HTTP_METHOD.name(), "http.method");
/// assert_eq!(Known::of("user.id"), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Known(u8);

const ROWS: usize = TABLE.len();
static NAMES: [&str; ROWS] = {
    let mut names = [""; ROWS];
    let mut row = 0;
    while row < ROWS {
        names[row] = TABLE[row].key;
        row += 1;
    }
    names
};

/// Where names are looked for: row + 1, in the first free slot from their hash on.
static SLOTS: [u8; SLOT_COUNT] = {
    let mut slots = [0; SLOT_COUNT];
    let mut row = 0;
    while row < ROWS {
        let mut slot = hash(TABLE[row].key.as_bytes());
        while slots[slot] != 0 {
            slot = (slot + 1) % SLOT_COUNT;
        }
        row += 1;
        slots[slot] = row as u8;
    }
    slots
};
/// Of which more than half are free, so that most other names are told apart by one look.
const SLOT_COUNT: usize = 128;
const _: () = assert!(ROWS * 2 < SLOT_COUNT && ROWS <= Known::MOST);

/// The factor is one of those that leave hardly any two names in one slot.
const fn hash(name: &[u8]) -> usize {
    match (name.last(), name.split_at_checked(name.len() / 2)) {
        (Some(last), Some((_, [middle, ..]))) => {
            (name.len() + *last as usize + 26 * *middle as usize) % SLOT_COUNT
        }
        _ => 0,
    }
}

impl Known {
    /// Numbers are below this, however many names there will be: a set of them is one `u64`.
    pub const MOST: usize = 64;

    /// `row` is one of the table.
    pub(super) const fn at(row: u8) -> Self {
        Self(row)
    }

    /// The number of a name; `None` for a user's own.
    #[inline]
    pub fn of(name: &str) -> Option<Self> {
        let mut slot = hash(name.as_bytes());
        loop {
            let row = SLOTS.get(slot)?.checked_sub(1)?;
            if NAMES.get(usize::from(row)) == Some(&name) {
                return Some(Self(row));
            }
            slot = (slot + 1) % SLOT_COUNT;
        }
    }

    /// The name with this number: the row of the table, from 0.
    #[inline]
    pub const fn from_number(number: u8) -> Option<Self> {
        if (number as usize) < ROWS {
            Some(Self(number))
        } else {
            None
        }
    }

    /// Its row in the table. Another version of this crate may have other numbers: they are for
    /// memory, not for the wire.
    #[inline]
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The name itself.
    #[inline]
    pub fn name(self) -> &'static str {
        NAMES.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    /// Its row.
    #[inline]
    pub fn mapping(self) -> &'static Mapping {
        static ROW: &[Mapping] = TABLE;
        const FIRST: &Mapping = &TABLE[0];
        ROW.get(usize::from(self.0)).unwrap_or(FIRST)
    }
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys;
    use super::*;

    #[test]
    fn every_name_has_the_number_of_its_row() {
        for (number, row) in TABLE.iter().enumerate() {
            let known = Known::of(row.key).unwrap();
            assert_eq!(usize::from(known.number()), number);
            assert_eq!(Known::from_number(known.number()), Some(known));
            assert_eq!((known.name(), known.mapping()), (row.key, row));
        }
        assert_eq!(Known::from_number(TABLE.len() as u8), None);
        assert_eq!(Known::from_number(u8::MAX), None);
        assert_eq!(keys::COMPONENT.name(), super::super::COMPONENT);
        assert_eq!(keys::RPC_METHOD.name(), super::super::RPC_METHOD);
        assert_eq!(
            keys::MESSAGE_BUS_DESTINATION.number() as usize + 1,
            TABLE.len()
        );
    }

    #[test]
    fn other_names_have_none() {
        for name in ["", "a", "http", "http.metho", "http.methoD", "user.id", "ä"] {
            assert_eq!(Known::of(name), None, "{name}");
        }
        for row in TABLE {
            assert_eq!(Known::of(&row.key[1..]), None);
            assert_eq!(Known::of(&format!("{}x", row.key)), None);
        }
    }
}
