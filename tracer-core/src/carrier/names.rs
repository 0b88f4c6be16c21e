//! Which headers are wanted, and what one pass over a carrier found of them.

/// How many names one set can hold.
pub const MAX_NAMES: usize = 24;

/// A prepared set of wanted header names.
#[derive(Clone, Debug, Default)]
pub struct Names {
    names: Vec<Wanted>,
    prefixes: Vec<Box<[u8]>>,
    // Bit n is set where a wanted name or prefix begins with the n-th letter. It alone tells of most
    // headers that they are none of ours.
    initials: u32,
    // Bit n is set where a wanted prefix starts as n says.
    starts: u64,
    // By the hash of a name: one more than its slot.
    table: Table,
}

#[derive(Clone, Debug)]
struct Wanted {
    name: Box<[u8]>,
    // One more than the next slot of the same hash.
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
        if let (Some(head), Ok(this)) = (self.table.head(&name), u8::try_from(slot + 1)) {
            next = std::mem::replace(head, this);
        }
        self.initials |= initial(&name);
        self.names.push(Wanted { name, next });
        slot
    }

    /// Adds a prefix: names that start with it are found among [`Found::others`].
    pub fn add_prefix(&mut self, prefix: &str) {
        let prefix = prefix.to_ascii_lowercase().into_bytes();
        if !self.prefixes.iter().any(|known| **known == *prefix) {
            (self.initials, self.starts) = match &*prefix {
                [_, _, ..] => (
                    self.initials | initial(&prefix),
                    self.starts | 1 << start(&prefix),
                ),
                _ => (u32::MAX, u64::MAX),
            };
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
        self.initials & initial(name) != 0
            && (self.table.first(name) != 0 || self.starts >> start(name) & 1 != 0)
    }

    #[inline]
    fn slot(&self, name: &[u8]) -> Option<usize> {
        let mut next = self.table.first(name);
        // Zero less one is no slot.
        while let Some(wanted) = self.names.get(usize::from(next).wrapping_sub(1)) {
            if is_same(&wanted.name, name) || is_alike(&wanted.name, name) {
                return Some(usize::from(next) - 1);
            }
            next = wanted.next;
        }
        None
    }

    #[inline(never)]
    fn has_prefix_of(&self, name: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| {
            name.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
    }
}

/// The bit of its first letter.
#[inline]
fn initial(name: &[u8]) -> u32 {
    1 << (name.first().copied().unwrap_or_default() % 32)
}

/// Its first two letters, without their case, as a number below 64.
#[inline]
fn start(name: &[u8]) -> u32 {
    match name {
        [first, second, ..] => u32::from((first | 0x20).wrapping_mul(5) ^ (second | 0x20)) % 64,
        _ => 0,
    }
}

/// Two names of one length, compared without a call where they are short.
#[inline]
fn is_same(known: &[u8], name: &[u8]) -> bool {
    fn ends<const N: usize>(name: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
        (name.first_chunk(), name.last_chunk())
    }
    known.len() == name.len()
        && match name.len() {
            8..=16 => ends::<8>(known) == ends::<8>(name),
            17..=32 => ends::<16>(known) == ends::<16>(name),
            _ => known == name,
        }
}

#[cold]
fn is_alike(known: &[u8], name: &[u8]) -> bool {
    known.eq_ignore_ascii_case(name)
}

const BUCKETS: usize = 256;

#[derive(Clone, Debug)]
struct Table([u8; BUCKETS]);

impl Default for Table {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Table {
    /// By the length and two of the last letters, without their case: the names of one format are
    /// alike at their start.
    #[inline]
    fn bucket(name: &[u8]) -> usize {
        let letters = match name {
            [.., fifth, _, _, _, last] => (fifth | 0x20).wrapping_mul(7) ^ (last | 0x20),
            [.., last] => last | 0x20,
            [] => 0,
        };
        usize::from(letters.wrapping_add((name.len() as u8).wrapping_mul(29)))
    }

    #[inline]
    fn first(&self, name: &[u8]) -> u8 {
        self.0.get(Self::bucket(name)).copied().unwrap_or_default()
    }

    fn head(&mut self, name: &[u8]) -> Option<&mut u8> {
        self.0.get_mut(Self::bucket(name))
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
        if names.initials & initial(name.as_bytes()) == 0 {
            return;
        }
        match names.slot(name.as_bytes()) {
            Some(slot) => match self.first.get_mut(slot) {
                Some(first @ None) => {
                    *first = Some(value);
                    self.seen |= 1 << slot;
                }
                Some(Some(_)) => self.take_double(slot, value),
                None => self.take_other(name, value),
            },
            None if names.starts >> start(name.as_bytes()) & 1 != 0
                && names.has_prefix_of(name.as_bytes()) =>
            {
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
