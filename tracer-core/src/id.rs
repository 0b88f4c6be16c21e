//! Trace and span ids, and the generator of new ones.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::num::NonZeroU64;

use crate::hex::{self, Hex};

/// Identifies a trace: 128 bits, never all zero. A 64-bit id has a zero upper half.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId {
    // Two halves instead of a `NonZeroU128`, whose alignment of 16 would grow every context.
    high: u64,
    low: u64,
}

impl TraceId {
    /// The id with this value; `None` if it is zero.
    pub const fn new(value: u128) -> Option<Self> {
        Self::from_halves((value >> 64) as u64, value as u64)
    }

    /// The id with these halves; `None` if both are zero.
    pub const fn from_halves(high: u64, low: u64) -> Option<Self> {
        if high == 0 && low == 0 {
            None
        } else {
            Some(Self { high, low })
        }
    }

    /// Parses exactly 16 or 32 lower-case hex digits; all zero is no id.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        match digits.len() {
            16 => Self::from_halves(0, hex::decode(digits)?),
            32 => {
                let [high, low] = hex::decode_two(digits.first_chunk()?, digits.last_chunk()?)?;
                Self::from_halves(high, low)
            }
            _ => None,
        }
    }

    /// A new random id: 128 bits, or 64 with a zero upper half.
    pub fn random(bits_128: bool) -> Self {
        Self::random_with_span(bits_128).0
    }

    /// A new random id and the id of its first span: the lower half of it, as Zipkin's and Jaeger's
    /// clients number their roots.
    #[inline]
    pub fn random_with_span(bits_128: bool) -> (Self, SpanId) {
        generate(|state| {
            let span = next_non_zero(state);
            let high = if bits_128 { next(state) } else { 0 };
            let low = span.get();
            (Self { high, low }, SpanId(span))
        })
    }

    /// The upper 64 bits; zero for a 64-bit id.
    pub const fn high(self) -> u64 {
        self.high
    }

    /// The lower 64 bits.
    pub const fn low(self) -> u64 {
        self.low
    }

    /// All 32 digits.
    pub fn hex(self) -> Hex {
        Hex::of_128(self.high, self.low)
    }

    /// 16 digits for a 64-bit id, otherwise 32: the form of B3 and Zipkin.
    pub fn short_hex(self) -> Hex {
        if self.high == 0 {
            Hex::of_64(self.low)
        } else {
            self.hex()
        }
    }

    /// Big-endian bytes.
    pub fn to_bytes(self) -> [u8; 16] {
        ((u128::from(self.high) << 64) | u128::from(self.low)).to_be_bytes()
    }
}

/// Identifies a span within its trace: 64 bits, never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    /// The id with this value; `None` if it is zero.
    pub const fn new(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// Parses exactly 16 lower-case hex digits; all zero is no id.
    pub fn parse(digits: &[u8]) -> Option<Self> {
        if digits.len() == 16 {
            Self::new(hex::decode(digits)?)
        } else {
            None
        }
    }

    /// A new random id.
    pub fn random() -> Self {
        Self(random_non_zero())
    }

    /// The value.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// All 16 digits.
    pub fn hex(self) -> Hex {
        Hex::of_64(self.get())
    }

    /// Big-endian bytes.
    pub fn to_bytes(self) -> [u8; 8] {
        self.get().to_be_bytes()
    }
}

macro_rules! printed_as_hex {
    ($($id:ty),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.hex())
            }
        }
        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.hex())
            }
        }
    )*};
}
printed_as_hex!(TraceId, SpanId);

/// xoshiro256++ (Blackman and Vigna). 256 bits of state, because the streams of a fleet of
/// processes with 64 bits of state would overlap.
type State = [u64; 4];

thread_local! {
    static GENERATOR: [Cell<u64>; 4] = const { [const { Cell::new(0) }; 4] };
}

/// `RandomState` is keyed from the operating system's generator and differs for each use.
// Into the cells: a state that is handed out by reference would stay in memory ever after.
#[cold]
fn seed(words: &[Cell<u64>; 4]) {
    let keys = RandomState::new();
    let thread = std::thread::current().id();
    for (i, word) in words.iter().enumerate() {
        let now = std::time::SystemTime::now();
        word.set(keys.hash_one((thread, std::process::id(), now, i)) | 1);
    }
}

/// Begins another stream of ids on this thread. A forked child inherits the stream of the thread that
/// forked, and would make the ids of its parent once more: whoever builds a tracer calls this, because
/// tracers are built after a fork.
pub fn reseed() {
    GENERATOR.with(seed);
}

/// Begins the stream of this seed on this thread.
pub(crate) fn seed_with(seed: u64) {
    let mut state = [seed, 2, 3, 4];
    // Seeds that differ in little do not begin with ids that do.
    for _ in 0..32 {
        next(&mut state);
    }
    GENERATOR.with(|words| {
        words
            .iter()
            .zip(state)
            .for_each(|(word, value)| word.set(value))
    });
}

#[inline]
fn next(state: &mut State) -> u64 {
    let [s0, s1, s2, s3] = *state;
    let result = s0.wrapping_add(s3).rotate_left(23).wrapping_add(s0);
    let (s2, s3) = (s2 ^ s0, s3 ^ s1);
    *state = [s0 ^ s3, s1 ^ s2, s2 ^ (s1 << 17), s3.rotate_left(45)];
    result
}

/// A random 64-bit number that is not zero, from a generator of this thread's own.
#[inline]
pub fn random_non_zero() -> NonZeroU64 {
    generate(next_non_zero)
}

#[inline]
fn next_non_zero(state: &mut State) -> NonZeroU64 {
    loop {
        if let Some(id) = NonZeroU64::new(next(state)) {
            return id;
        }
    }
}

#[inline]
fn generate<T>(from: impl FnOnce(&mut State) -> T) -> T {
    GENERATOR.with(|words| {
        // Word by word: one wide load right behind narrow stores would wait for them.
        let [a, b, c, d] = words;
        // Not seeded yet, or by a rare chance: then another seed does no harm.
        if a.get() == 0 {
            seed(words);
        }
        let mut state = [a.get(), b.get(), c.get(), d.get()];
        let made = from(&mut state);
        let [s0, s1, s2, s3] = state;
        a.set(s0);
        b.set(s1);
        c.set(s2);
        d.set(s3);
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_parse_and_print_only_what_the_formats_allow() {
        let id = TraceId::parse(b"463ac35c9f6413ad48485a3953bb6124").unwrap();
        assert_eq!(id.to_string(), "463ac35c9f6413ad48485a3953bb6124");
        let short = TraceId::parse(b"48485a3953bb6124").unwrap();
        assert_eq!(
            short,
            TraceId::parse(b"000000000000000048485a3953bb6124").unwrap()
        );
        assert_eq!(&*short.short_hex(), "48485a3953bb6124");
        for bad in [
            &b""[..],
            b"0",
            b"48485A3953BB6124",
            b"48485a3953bb612g",
            &[b'0'; 32],
        ] {
            assert_eq!(TraceId::parse(bad), None);
            assert_eq!(SpanId::parse(bad), None);
        }
        assert_eq!(SpanId::parse(b"0000000000000001").unwrap().get(), 1);
    }

    #[test]
    fn the_generator_matches_the_published_algorithm() {
        // First outputs of the authors' reference implementation for the state 1, 2, 3, 4.
        let mut state = [1, 2, 3, 4];
        let first: Vec<u64> = (0..4).map(|_| next(&mut state)).collect();
        assert_eq!(
            first,
            [41943041, 58720359, 3588806011781223, 3591011842654386]
        );
    }

    #[test]
    fn a_thread_can_leave_its_stream() {
        let ids = || [(); 4].map(|()| random_non_zero());
        seed_with(7);
        let of_parent = ids();
        seed_with(7);
        assert_eq!(ids(), of_parent, "a fork has the same ones");
        seed_with(7);
        reseed();
        assert!(ids().iter().all(|id| !of_parent.contains(id)));
    }

    #[test]
    fn threads_do_not_share_a_stream() {
        let streams: std::collections::HashSet<u64> = (0..8)
            .map(|_| std::thread::spawn(|| (0..500).map(|_| random_non_zero().get()).collect()))
            .flat_map(|t| -> Vec<u64> { t.join().unwrap() })
            .collect();
        assert_eq!(streams.len(), 8 * 500);
    }
}
