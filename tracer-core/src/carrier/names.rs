//! Which headers are wanted, and what one pass over a carrier found of them.

use arrayvec::ArrayVec;

/// How many names one set can hold.
pub const MAX_NAMES: usize = 24;

/// A prepared set of wanted header names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: Vec<Wanted>,
    prefixes: Vec<Box<[u8]>>,
    // By length: the bits of the names and prefixes that may be meant.
    filter: Filter,
    // By length: one more than the slot of the last name of that length.
    heads: Heads,
}

#[derive(Clone, Debug)]
struct Wanted {
    name: Box<[u8]>,
    // One more than the next slot of the same length.
    next: u8,
}

impl Names {
    /// A set of names; the position of a name is its slot in [`Found`]. Names beyond
    /// [`MAX_NAMES`] are found among [`Found::others`].
    pub fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut set = Self::default();
        for name in names {
            set.add(name);
        }
        set
    }

    /// Adds a name unless it is there already; returns its slot.
    pub fn add(&mut self, name: &str) -> usize {
        let name: Box<[u8]> = name.to_ascii_lowercase().into_bytes().into();
        if let Some(slot) = self.names.iter().position(|known| *known.name == *name) {
            return slot;
        }
        let slot = self.names.len();
        let mut next = 0;
        // Beyond 255 names nothing is found; far fewer fit into `Found`.
        if let (Some(head), Ok(this)) = (self.heads.0.get_mut(row(&name)), u8::try_from(slot + 1)) {
            next = std::mem::replace(head, this);
        }
        if let Some(letters) = self.filter.0.get_mut(row(&name)) {
            *letters |= letters_bit(&name);
        }
        self.names.push(Wanted { name, next });
        slot
    }

    /// Adds a prefix: names that start with it are found among [`Found::others`].
    pub fn add_prefix(&mut self, prefix: &str) {
        let prefix = prefix.to_ascii_lowercase().into_bytes();
        if !self.prefixes.iter().any(|known| **known == *prefix) {
            let bit = match &*prefix {
                [_, _, _, ..] => letters_bit(&prefix),
                _ => u32::MAX,
            };
            self.filter.0.iter_mut().for_each(|row| *row |= bit);
            self.prefixes.push(prefix.into());
        }
    }

    /// The names, by their slots, in lower case.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        // They were texts when they were added.
        self.names
            .iter()
            .map(|wanted| std::str::from_utf8(&wanted.name).unwrap_or_default())
    }

    /// The slot of a name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.of_length(name.as_bytes())
            .find(|(_, wanted)| wanted.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(slot, _)| slot)
    }

    /// False for nearly all names that are not wanted, true for all that are.
    #[inline]
    pub fn may_want(&self, name: &str) -> bool {
        self.filter.lets_through(name.as_bytes())
    }

    /// The slot of a short name in lower case, found without a call.
    #[inline]
    fn short(&self, name: &[u8]) -> Option<usize> {
        self.of_length(name)
            .find(|(_, wanted)| is_same(&wanted.name, name))
            .map(|(slot, _)| slot)
    }

    /// The names that may be of the same length, with their slots.
    #[inline]
    fn of_length(&self, name: &[u8]) -> impl Iterator<Item = (usize, &Wanted)> {
        let mut next = self.heads.0.get(row(name)).copied().unwrap_or_default();
        std::iter::from_fn(move || {
            let slot = usize::from(next).checked_sub(1)?;
            let wanted = self.names.get(slot)?;
            next = wanted.next;
            Some((slot, wanted))
        })
    }

    fn has_prefix_of(&self, name: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            name.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
    }
}

const ROWS: usize = 256;

/// It tells of nearly all other headers that they are none of ours, by little more than two loads.
#[derive(Clone, Debug)]
struct Filter([u32; ROWS]);

impl Default for Filter {
    fn default() -> Self {
        Self([0; ROWS])
    }
}

impl Filter {
    #[inline]
    fn lets_through(&self, name: &[u8]) -> bool {
        let row = self.0.get(row(name)).copied().unwrap_or_default();
        row & letters_bit(name) != 0
    }
}

#[derive(Clone, Debug)]
struct Heads([u8; ROWS]);

impl Default for Heads {
    fn default() -> Self {
        Self([0; ROWS])
    }
}

#[inline]
fn row(name: &[u8]) -> usize {
    name.len() % ROWS
}

/// A bit for its second and third letters, without their case: of the usual headers the first
/// letters are alike (`x-`), and so are the last ones (`-id`).
#[inline]
fn letters_bit(name: &[u8]) -> u32 {
    let letters = match name {
        [_, second, third, ..] => u32::from(*second) * 4 + u32::from(*third),
        [_, second] => u32::from(*second),
        _ => 0,
    };
    1 << (letters % 32)
}

/// True if both are the same name of at most 24 bytes, found out without a call.
#[inline]
fn is_same(known: &[u8], name: &[u8]) -> bool {
    fn starts<const N: usize>(known: &[u8], name: &[u8]) -> bool {
        known.first_chunk::<N>() == name.first_chunk()
    }
    fn ends<const N: usize>(known: &[u8], name: &[u8]) -> bool {
        known.last_chunk::<N>() == name.last_chunk()
    }
    let len = name.len();
    if known.len() != len || len > 24 {
        false
    } else if len >= 16 {
        starts::<16>(known, name) && ends::<8>(known, name)
    } else if len >= 8 {
        starts::<8>(known, name) && ends::<8>(known, name)
    } else if len >= 4 {
        starts::<4>(known, name) && ends::<4>(known, name)
    } else {
        len >= 2 && starts::<2>(known, name) && ends::<2>(known, name)
    }
}

/// What one pass over a carrier found. The first value of each name is kept in place; doubles and
/// names found by prefix go to a list that is allocated only for them.
#[derive(Debug, Default)]
pub struct Found<'a> {
    seen: u32,
    // By slot: one more than where its value stands. So only little has to be cleared for each carrier.
    places: [u8; MAX_NAMES],
    values: ArrayVec<&'a [u8], MAX_NAMES>,
    rare: Vec<Rare<'a>>,
}

#[derive(Debug)]
enum Rare<'a> {
    /// One more value of the name in this slot.
    Double(usize, &'a [u8]),
    /// A name that has no slot.
    Other(Box<str>, &'a [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Now,
    /// There was a value.
    Before,
    /// The slot is one too many.
    Never,
}

impl<'a> Found<'a> {
    /// Takes a header if it is wanted.
    #[inline]
    pub fn offer(&mut self, names: &Names, name: &str, value: &'a [u8]) {
        if let Some(slot) = names.short(name.as_bytes())
            && self.take_first(slot, value) == Taken::Now
        {
            return;
        }
        if names.may_want(name) {
            self.take_rare(names, name, value);
        }
    }

    /// A long name or one in another case, a double, a prefix, a name too many.
    #[cold]
    fn take_rare(&mut self, names: &Names, name: &str, value: &'a [u8]) {
        let slot = names.position(name);
        match slot.map(|slot| (slot, self.take_first(slot, value))) {
            Some((_, Taken::Now)) => {}
            Some((slot, Taken::Before)) => self.rare.push(Rare::Double(slot, value)),
            None if !names.has_prefix_of(name.as_bytes()) => {}
            Some((_, Taken::Never)) | None => {
                let name = name.to_ascii_lowercase().into();
                self.rare.push(Rare::Other(name, value));
            }
        }
    }

    /// Takes the first value of a slot.
    #[inline]
    fn take_first(&mut self, slot: usize, value: &'a [u8]) -> Taken {
        match self.places.get_mut(slot) {
            Some(place @ 0) if self.values.try_push(value).is_ok() => {
                *place = self.values.len() as u8;
                self.seen |= 1 << slot;
                Taken::Now
            }
            Some(_) => Taken::Before,
            None => Taken::Never,
        }
    }

    /// The first value of the name in this slot.
    #[inline]
    pub fn first(&self, slot: usize) -> Option<&'a [u8]> {
        let place = usize::from(*self.places.get(slot)?).checked_sub(1)?;
        self.values.get(place).copied()
    }

    /// The slots in which something was found: bit n stands for slot n.
    #[inline]
    pub const fn seen(&self) -> u32 {
        self.seen
    }

    /// True if something was found beyond the slots: by a prefix, or a name too many.
    #[inline]
    pub fn has_others(&self) -> bool {
        self.others().next().is_some()
    }

    /// True when the name in this slot stood there more than once.
    #[inline]
    pub fn is_doubled(&self, slot: usize) -> bool {
        self.doubles(slot).next().is_some()
    }

    /// Every value of the name in this slot, in order.
    pub fn all(&self, slot: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.first(slot).into_iter().chain(self.doubles(slot))
    }

    /// Names found by prefix, and those whose slot is [`MAX_NAMES`] or beyond, in lower case.
    #[inline]
    pub fn others(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.rare.iter().filter_map(|rare| match rare {
            Rare::Other(name, value) => Some((&**name, *value)),
            Rare::Double(..) => None,
        })
    }

    #[inline]
    fn doubles(&self, slot: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        self.rare.iter().filter_map(move |rare| match rare {
            Rare::Double(other, value) if *other == slot => Some(*value),
            _ => None,
        })
    }
}
