//! Finds the messages in a body.

/// Flag and big-endian length (gRPC over HTTP/2, "Length-Prefixed-Message").
const PREFIX: usize = 5;

/// A message that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message<'p> {
    /// In bytes, without the prefix.
    pub(super) size: u32,
    /// Its first bytes.
    pub(super) payload: &'p [u8],
}

/// Follows a body over whatever chunks it comes in. A message counts when its last byte has passed.
#[derive(Debug, Default)]
pub(super) struct Parser {
    prefix: [u8; PREFIX],
    filled: usize,
    left: u32,
    payload: Vec<u8>,
    keep: usize,
}

impl Parser {
    /// Keeps this many bytes of each message.
    pub(super) fn keeping(keep: usize) -> Self {
        Self {
            keep,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, mut chunk: &[u8], mut found: impl FnMut(Message<'_>)) {
        loop {
            if self.filled < PREFIX {
                chunk = self.fill_prefix(chunk);
                if self.filled < PREFIX {
                    return;
                }
                self.left = self.size();
            }
            let wanted = usize::try_from(self.left).unwrap_or(usize::MAX);
            let (passed, rest) = chunk.split_at(wanted.min(chunk.len()));
            let room = self.keep.saturating_sub(self.payload.len());
            self.payload.extend(passed.iter().take(room));
            // No more than `left`, so it fits.
            self.left -= u32::try_from(passed.len()).unwrap_or(self.left);
            if self.left > 0 {
                return;
            }
            found(Message {
                size: self.size(),
                payload: &self.payload,
            });
            self.payload.clear();
            self.filled = 0;
            chunk = rest;
        }
    }

    fn fill_prefix<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let mut bytes = chunk.iter();
        let open = self.prefix.iter_mut().skip(self.filled);
        // `zip` asks its first half first, and would lose a byte the other way round.
        for (slot, byte) in open.zip(bytes.by_ref()) {
            *slot = *byte;
            self.filled += 1;
        }
        bytes.as_slice()
    }

    const fn size(&self) -> u32 {
        let [_, a, b, c, d] = self.prefix;
        u32::from_be_bytes([a, b, c, d])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_found_whatever_the_chunks() {
        let sizes = [0, 1, 300, 0, 5, 70_000];
        let mut bytes = Vec::new();
        for size in sizes {
            bytes.push(0);
            bytes.extend(u32::to_be_bytes(size));
            bytes.extend((0..size).map(|i| i as u8));
        }
        for chunk in [1, 2, 4, 5, 6, 299, 4096, bytes.len()] {
            let mut parser = Parser::keeping(3);
            let mut found = Vec::new();
            for chunk in bytes.chunks(chunk) {
                parser.push(chunk, |message| {
                    found.push((message.size, message.payload.to_vec()));
                });
            }
            let expected = sizes.map(|size| (size, (0..size.min(3) as u8).collect::<Vec<_>>()));
            assert_eq!(found, expected, "chunks of {chunk}");
        }
    }

    #[test]
    fn a_message_that_is_cut_off_does_not_count() {
        let mut parser = Parser::default();
        parser.push(&[0, 0, 0, 0, 2, 7], |message| panic!("{message:?}"));
    }
}
