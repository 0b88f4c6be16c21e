//! The bytes of the queue: messages in a row of recycled chunks.
//!
//! Chunks, because one large buffer would be copied under the lock each time it grows, and would
//! keep its size for ever after an outage; small ones, so that what is written next is still in the
//! processor's cache.

use std::collections::VecDeque;

use crate::message::Entry;

/// Bytes of a chunk.
pub(super) const CHUNK: usize = 32 * 1024;
/// Empty chunks kept for later: what a busy process fills while one batch is sent.
const KEPT: usize = 32;

/// Bytes of a new chunk that are made ready at once.
const STEP: usize = 1024;

/// Messages in a row.
#[derive(Default)]
pub(super) struct Chunk {
    /// As far as it has ever been used; what is written now ends at `len`.
    room: Vec<u8>,
    len: usize,
    pub(super) spans: u64,
    /// Bytes set aside for it that it did not use.
    pub(super) slack: usize,
}

impl Chunk {
    pub(super) fn bytes(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Appends a message.
    #[inline]
    pub(super) fn push(&mut self, message: &impl Entry) {
        let end = self.len + message.len();
        if end > self.room.len() {
            self.grow(end);
        }
        if let Some(room) = self.room.get_mut(self.len..end) {
            message.write(room);
            self.len = end;
        }
    }

    /// Appends what is in another one; there must be slack for it.
    fn append(&mut self, other: &Self) {
        let end = self.len + other.len;
        if end > self.room.len() {
            self.grow(end);
        }
        if let Some(room) = self.room.get_mut(self.len..end) {
            room.copy_from_slice(other.bytes());
            self.len = end;
            self.slack = self.slack.saturating_sub(other.len);
            self.spans += other.spans;
        }
    }

    /// Little by little: nobody waits until a whole chunk is cleared.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, end: usize) {
        let room = end.next_multiple_of(STEP).min(self.room.capacity());
        self.room.resize(room.max(end), 0);
    }
}

/// What the request threads have filled and the worker has not yet taken, and empty chunks.
#[derive(Default)]
pub(super) struct Chunks {
    filled: VecDeque<Chunk>,
    empty: Vec<Chunk>,
    spans: u64,
    bytes: usize,
}

impl Chunks {
    pub(super) const fn spans(&self) -> u64 {
        self.spans
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// An empty chunk for so many bytes.
    pub(super) fn empty(&mut self, bytes: usize) -> Chunk {
        let recycled = self.empty.pop_if(|chunk| chunk.room.capacity() >= bytes);
        recycled.unwrap_or_else(|| Chunk {
            room: Vec::with_capacity(bytes),
            ..Chunk::default()
        })
    }

    /// Takes a filled chunk.
    pub(super) fn enter(&mut self, chunk: Chunk) {
        self.spans += chunk.spans;
        self.bytes += chunk.len;
        self.filled.push_back(chunk);
    }

    /// Takes a chunk that is hardly filled, into the one before it if that has room left for all of it.
    /// Returns how many bytes that were set aside for it are free again.
    pub(super) fn gather(&mut self, chunk: Chunk) -> usize {
        let Some(last) = self
            .filled
            .back_mut()
            .filter(|last| chunk.len <= last.slack)
        else {
            self.enter(chunk);
            return 0;
        };
        last.append(&chunk);
        self.spans += chunk.spans;
        self.bytes += chunk.len;
        let free = chunk.len + chunk.slack;
        self.give_back(chunk);
        free
    }

    /// Moves everything to the end of `hand`.
    pub(super) fn take(&mut self, hand: &mut VecDeque<Chunk>) {
        hand.append(&mut self.filled);
        (self.spans, self.bytes) = (0, 0);
    }

    /// Recycles a chunk.
    pub(super) fn give_back(&mut self, mut chunk: Chunk) {
        // One that was made for a huge span is not kept.
        if self.empty.len() < KEPT && (1..=CHUNK).contains(&chunk.room.capacity()) {
            (chunk.len, chunk.spans, chunk.slack) = (0, 0, 0);
            self.empty.push(chunk);
        }
    }

    /// Forgets everything, and frees it; returns the bytes that were set aside for it.
    pub(super) fn free(&mut self) -> usize {
        let all = std::mem::take(self);
        let set_aside = |chunk: &Chunk| chunk.len + chunk.slack;
        all.filled.iter().map(set_aside).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Draft;
    use crate::testing::SpanBuilder;

    fn fill(chunks: &mut Chunks, spans: u64) {
        let mut chunk = chunks.empty(CHUNK);
        for _ in 0..spans {
            let span = SpanBuilder::new("a");
            chunk.push(&Draft::of(&span.view()));
            chunk.spans += 1;
        }
        chunks.enter(chunk);
    }

    fn places(hand: &VecDeque<Chunk>) -> Vec<*const u8> {
        let mut places: Vec<_> = hand.iter().map(|chunk| chunk.room.as_ptr()).collect();
        places.sort();
        places
    }

    #[test]
    fn chunks_come_back_and_no_more_are_made() {
        let mut chunks = Chunks::default();
        let mut hand = VecDeque::new();
        let mut seen = Vec::new();
        for _ in 0..10 {
            (0..5).for_each(|_| fill(&mut chunks, 100));
            assert_eq!(chunks.spans(), 500);
            chunks.take(&mut hand);
            assert_eq!((chunks.spans(), chunks.bytes()), (0, 0));
            seen.push(places(&hand));
            hand.drain(..).for_each(|chunk| chunks.give_back(chunk));
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn the_memory_of_a_burst_is_freed() {
        let mut chunks = Chunks::default();
        let mut hand = VecDeque::new();
        (0..200).for_each(|_| fill(&mut chunks, 1));
        chunks.take(&mut hand);
        hand.drain(..).for_each(|chunk| chunks.give_back(chunk));
        assert_eq!(chunks.empty.len(), KEPT);
    }

    #[test]
    fn a_chunk_for_a_huge_span_is_not_kept() {
        let mut chunks = Chunks::default();
        let huge = chunks.empty(2 * CHUNK);
        assert!(huge.room.capacity() >= 2 * CHUNK);
        chunks.give_back(huge);
        assert!(chunks.empty.is_empty());
    }
}
