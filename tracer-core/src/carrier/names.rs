//! Which headers are wanted, and what one pass over a carrier found of them.

/// How many names one set can hold.
pub const MAX_NAMES: usize = 24;

/// A prepared set of wanted header names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: Vec<Box<[u8]>>,
    prefixes: Vec<Box<[u8]>>,
    // True where some wanted name has so many bytes.
    lengths: Filter,
    // By the hash of a name's mark: one more than the first slot. Most headers meet a zero.
    table: Table,
    // By slot: the mark, and one more than the next slot of the same hash.
    marks: Vec<(Mark, u8)>,
    // True where some prefix has such a first or second letter.
    initials: [Filter; 2],
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
        let name = name.to_ascii_lowercase().into_bytes();
        if let Some(slot) = self.names.iter().position(|known| **known == *name) {
            return slot;
        }
        self.lengths.add(name.len());
        let mark = mark(&name);
        let slot = self.names.len();
        // Beyond 255 names nothing is found; far fewer fit into `Found`.
        if let (Some(head), Ok(this)) = (self.table.head(mark), u8::try_from(slot + 1)) {
            self.marks.push((mark, std::mem::replace(head, this)));
        }
        self.names.push(name.into());
        self.names.len() - 1
    }

    /// Adds a prefix: names that start with it are found among [`Found::others`].
    pub fn add_prefix(&mut self, prefix: &str) {
        let prefix = prefix.to_ascii_lowercase().into_bytes();
        if !self.prefixes.iter().any(|known| **known == *prefix) {
            for (at, filter) in self.initials.iter_mut().enumerate() {
                match prefix.get(at) {
                    Some(letter) => filter.add(usize::from(letter & 0x1f)),
                    None => *filter = Filter([true; 64]),
                }
            }
            self.prefixes.push(prefix.into());
        }
    }

    /// The slot of a name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.slot(name.as_bytes())
    }

    /// False for most names that are not wanted, true for all that are.
    #[inline]
    pub fn may_want(&self, name: &str) -> bool {
        let name = name.as_bytes();
        (self.lengths.has(name.len())
            && self.table.first(mark(name)) != 0
            && self.slot_apart(name).is_some())
            || (self.may_begin(name) && self.has_prefix_of(name))
    }

    #[inline(never)]
    fn slot_apart(&self, name: &[u8]) -> Option<usize> {
        self.slot(name)
    }

    #[inline]
    fn slot(&self, name: &[u8]) -> Option<usize> {
        if !self.lengths.has(name.len()) {
            return None;
        }
        let wanted = mark(name);
        let mut next = self.table.first(wanted);
        // Zero less one is no slot.
        while let Some((mark, after)) = self.marks.get(usize::from(next).wrapping_sub(1)) {
            let slot = usize::from(next) - 1;
            if *mark == wanted
                && let Some(known) = self.names.get(slot)
                && (**known == *name || is_alike(known, name))
            {
                return Some(slot);
            }
            next = *after;
        }
        None
    }

    /// False for most names that are not wanted.
    #[inline]
    fn may_begin(&self, name: &[u8]) -> bool {
        let [first, second] = &self.initials;
        let letter = |at: usize| usize::from(name.get(at).copied().unwrap_or_default() & 0x1f);
        first.has(letter(0)) && second.has(letter(1))
    }

    #[inline(never)]
    fn has_prefix_of(&self, name: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            name.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
    }
}

/// Small numbers, as a table: one load tells that a header is none of ours.
#[derive(Clone, Debug)]
struct Filter([bool; 64]);

impl Default for Filter {
    fn default() -> Self {
        Self([false; 64])
    }
}

impl Filter {
    fn add(&mut self, number: usize) {
        if let Some(known) = self.0.get_mut(number % 64) {
            *known = true;
        }
    }

    #[inline]
    fn has(&self, number: usize) -> bool {
        self.0.get(number % 64).copied().unwrap_or_default()
    }
}

/// The length and two letters of a name, without their case.
type Mark = u32;

#[inline]
fn mark(name: &[u8]) -> Mark {
    let letter = |at: usize| name.get(at).copied().unwrap_or_default() | 0x20;
    let len = name.len();
    // The names of one format are alike at their start.
    u32::from_le_bytes([
        len as u8,
        letter(len.wrapping_sub(1)),
        letter(len.wrapping_sub(5)),
        0,
    ])
}

#[cold]
fn is_alike(known: &[u8], name: &[u8]) -> bool {
    known.eq_ignore_ascii_case(name)
}

const BUCKETS: usize = 128;

#[derive(Clone, Debug)]
struct Table([u8; BUCKETS]);

impl Default for Table {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Table {
    #[inline]
    const fn bucket(mark: Mark) -> usize {
        (mark.wrapping_mul(0x9e37_79b1) >> 25) as usize % BUCKETS
    }

    #[inline]
    fn first(&self, mark: Mark) -> u8 {
        self.0.get(Self::bucket(mark)).copied().unwrap_or_default()
    }

    fn head(&mut self, mark: Mark) -> Option<&mut u8> {
        self.0.get_mut(Self::bucket(mark))
    }
}

/// What one pass over a carrier found. The first value of each name is kept in place; doubles and
/// names found by prefix go to a list that is allocated only for them.
#[derive(Debug, Default)]
pub struct Found<'a> {
    first: [Option<&'a [u8]>; MAX_NAMES],
    seen: u32,
    more: Vec<(usize, &'a [u8])>,
    others: Vec<(Box<str>, &'a [u8])>,
}

impl<'a> Found<'a> {
    /// Takes a header if it is wanted.
    #[inline]
    pub fn offer(&mut self, names: &Names, name: &str, value: &'a [u8]) {
        match names.slot(name.as_bytes()) {
            Some(slot) => match self.first.get_mut(slot) {
                Some(first @ None) => {
                    *first = Some(value);
                    self.seen |= 1 << slot;
                }
                Some(Some(_)) => self.take_double(slot, value),
                None => self.take_other(name, value),
            },
            None if names.may_begin(name.as_bytes()) && names.has_prefix_of(name.as_bytes()) => {
                self.take_other(name, value);
            }
            None => {}
        }
    }

    // What is rare stands apart: the loop over the headers is fast as long as it is small.
    #[cold]
    fn take_double(&mut self, slot: usize, value: &'a [u8]) {
        self.more.push((slot, value));
    }

    #[cold]
    fn take_other(&mut self, name: &str, value: &'a [u8]) {
        self.others.push((name.to_ascii_lowercase().into(), value));
    }

    /// The first value of the name in this slot.
    #[inline]
    pub fn first(&self, slot: usize) -> Option<&'a [u8]> {
        self.first.get(slot).copied().flatten()
    }

    /// The slots in which something was found: bit n stands for slot n.
    #[inline]
    pub const fn seen(&self) -> u32 {
        self.seen
    }

    /// True if something was found beyond the slots: by a prefix, or a name too many.
    #[inline]
    pub const fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// True when the name in this slot stood there more than once.
    pub fn is_doubled(&self, slot: usize) -> bool {
        self.more.iter().any(|(other, _)| *other == slot)
    }

    /// Every value of the name in this slot, in order.
    pub fn all(&self, slot: usize) -> impl Iterator<Item = &'a [u8]> + '_ {
        let more = self
            .more
            .iter()
            .filter(move |(other, _)| *other == slot)
            .map(|(_, value)| *value);
        self.first(slot).into_iter().chain(more)
    }

    /// Names found by prefix, in lower case.
    pub fn others(&self) -> impl Iterator<Item = (&str, &'a [u8])> {
        self.others.iter().map(|(name, value)| (&**name, *value))
    }
}
