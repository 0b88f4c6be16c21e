//! The bytes of the queue: messages in a row of recycled chunks.
//!
//! Chunks, because one large buffer would be copied under the lock each time it grows, and would
//! keep its size for ever after an outage.

use std::collections::VecDeque;

use super::message;
use crate::finished::FinishedSpan;

const CHUNK: usize = 64 * 1024;
/// Empty chunks kept for later: what a busy process fills while one batch is sent.
const KEPT: usize = 16;

/// Messages in a row.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    pub(super) spans: u64,
}

/// What the request threads have filled and the worker has not yet taken.
pub(super) struct Chunks {
    filled: VecDeque<Chunk>,
    empty: Vec<Chunk>,
    size: usize,
    spans: u64,
    bytes: usize,
}

impl Chunks {
    /// An empty row for at most about `bytes`.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            filled: VecDeque::new(),
            empty: Vec::new(),
            size: CHUNK.min(bytes),
            spans: 0,
            bytes: 0,
        }
    }

    pub(super) const fn spans(&self) -> u64 {
        self.spans
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends a span that takes `len` bytes.
    #[inline]
    pub(super) fn push(&mut self, span: &FinishedSpan<'_>, len: usize) {
        let room = |chunk: &Chunk| chunk.bytes.capacity() - chunk.bytes.len() >= len;
        if !self.filled.back().is_some_and(room) {
            self.open_another(len);
        }
        let Some(chunk) = self.filled.back_mut() else {
            return;
        };
        message::write(&mut chunk.bytes, span, len);
        chunk.spans += 1;
        self.spans += 1;
        self.bytes += len;
    }

    #[cold]
    fn open_another(&mut self, len: usize) {
        let recycled = self.empty.pop_if(|chunk| chunk.bytes.capacity() >= len);
        self.filled.push_back(recycled.unwrap_or_else(|| Chunk {
            bytes: Vec::with_capacity(self.size.max(len)),
            spans: 0,
        }));
    }

    /// Moves everything to the end of `hand`.
    pub(super) fn take(&mut self, hand: &mut VecDeque<Chunk>) {
        hand.append(&mut self.filled);
        (self.spans, self.bytes) = (0, 0);
    }

    /// Recycles a chunk.
    pub(super) fn give_back(&mut self, mut chunk: Chunk) {
        // One that was made for a huge span is not kept.
        if self.empty.len() < KEPT && chunk.bytes.capacity() <= CHUNK {
            chunk.bytes.clear();
            chunk.spans = 0;
            self.empty.push(chunk);
        }
    }

    /// Forgets everything, and frees it.
    pub(super) fn free(&mut self) {
        *self = Self::new(self.size);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SpanBuilder;

    fn push(chunks: &mut Chunks, payload: usize) -> usize {
        let span = SpanBuilder::new("a").tag("payload", "x".repeat(payload).as_str());
        let len = message::len(&span.view());
        chunks.push(&span.view(), len);
        len
    }

    fn capacity(hand: &VecDeque<Chunk>) -> usize {
        hand.iter().map(|chunk| chunk.bytes.capacity()).sum()
    }

    #[test]
    fn chunks_come_back_and_no_more_are_made() {
        let mut chunks = Chunks::new(10 << 20);
        let mut hand = VecDeque::new();
        let mut seen = Vec::new();
        for _ in 0..10 {
            for _ in 0..1000 {
                push(&mut chunks, 100);
            }
            assert_eq!(chunks.spans(), 1000);
            chunks.take(&mut hand);
            assert_eq!((chunks.spans(), chunks.bytes()), (0, 0));
            let mut places: Vec<_> = hand.iter().map(|chunk| chunk.bytes.as_ptr()).collect();
            places.sort();
            seen.push(places);
            hand.drain(..).for_each(|chunk| chunks.give_back(chunk));
        }
        assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn the_memory_of_a_burst_is_freed() {
        let mut chunks = Chunks::new(10 << 20);
        let mut hand = VecDeque::new();
        for _ in 0..20_000 {
            push(&mut chunks, 300);
        }
        let filled = chunks.bytes();
        chunks.take(&mut hand);
        assert!(capacity(&hand) < filled + filled / 50 + 2 * CHUNK);
        hand.drain(..).for_each(|chunk| chunks.give_back(chunk));
        assert_eq!(chunks.empty.len(), KEPT);
    }

    #[test]
    fn a_huge_span_gets_a_chunk_of_its_own_that_is_not_kept() {
        let mut chunks = Chunks::new(10 << 20);
        let mut hand = VecDeque::new();
        push(&mut chunks, 10);
        assert!(push(&mut chunks, 2 * CHUNK) > 2 * CHUNK);
        push(&mut chunks, 10);
        chunks.take(&mut hand);
        assert_eq!(hand.iter().map(|chunk| chunk.spans).sum::<u64>(), 3);
        hand.drain(..).for_each(|chunk| chunks.give_back(chunk));
        assert!(
            chunks
                .empty
                .iter()
                .all(|chunk| chunk.bytes.capacity() <= CHUNK)
        );
    }
}
