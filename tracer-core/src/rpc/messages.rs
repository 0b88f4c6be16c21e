//! How many messages went by.

/// The length of a message's prefix: a flag and a big-endian length (gRPC over HTTP/2,
/// "Length-Prefixed-Message").
const PREFIX: u8 = 5;

/// Counts the messages of one direction of a call, over whatever chunks they come in. Keeps no
/// bytes. A message counts when its last byte has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessageCounter {
    count: u32,
    // In the prefix: the length as far as it is read. Then: how much of the message is to come.
    length: u32,
    // How many bytes of the prefix have passed.
    prefix: u8,
    lost: bool,
}

impl MessageCounter {
    /// Nothing has passed.
    pub const fn new() -> Self {
        Self {
            count: 0,
            length: 0,
            prefix: 0,
            lost: false,
        }
    }

    /// The number of whole messages that have passed. `None` once a prefix could not be seen.
    pub const fn count(&self) -> Option<u32> {
        if self.lost { None } else { Some(self.count) }
    }

    /// A chunk passes.
    pub fn push(&mut self, mut chunk: &[u8]) {
        loop {
            while self.prefix < PREFIX {
                let Some((byte, rest)) = chunk.split_first() else {
                    return;
                };
                chunk = rest;
                if self.prefix > 0 {
                    self.length = (self.length << 8) | u32::from(*byte);
                }
                self.prefix += 1;
            }
            let wanted = usize::try_from(self.length).unwrap_or(usize::MAX);
            let (rest, passed) = match chunk.get(wanted..) {
                Some(rest) => (rest, self.length),
                // Less than `length`, so it fits.
                None => (&[][..], u32::try_from(chunk.len()).unwrap_or(self.length)),
            };
            chunk = rest;
            self.length -= passed;
            if self.length > 0 {
                return;
            }
            self.count = self.count.saturating_add(1);
            self.prefix = 0;
        }
    }

    /// Bytes pass that cannot be seen. They must belong to the message under way; otherwise the
    /// count is lost.
    pub fn skip(&mut self, bytes: u64) {
        if bytes == 0 || self.lost {
            return;
        }
        match u32::try_from(bytes) {
            Ok(bytes) if self.prefix == PREFIX && bytes <= self.length => {
                self.length -= bytes;
                if self.length == 0 {
                    self.count = self.count.saturating_add(1);
                    self.prefix = 0;
                }
            }
            _ => self.lost = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(sizes: &[u32]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for size in sizes {
            bytes.push(0);
            bytes.extend(size.to_be_bytes());
            bytes.extend(std::iter::repeat_n(7, *size as usize));
        }
        bytes
    }

    #[test]
    fn chunk_boundaries_do_not_matter() {
        let bytes = stream(&[0, 1, 300, 0, 5, 70_000]);
        for size in [1, 2, 3, 4, 5, 6, 7, 299, 4096, bytes.len()] {
            let mut counter = MessageCounter::new();
            for chunk in bytes.chunks(size) {
                counter.push(chunk);
                counter.push(&[]);
            }
            assert_eq!(counter.count(), Some(6), "chunks of {size}");
        }
    }

    #[test]
    fn a_message_that_is_cut_off_does_not_count() {
        let bytes = stream(&[3, 3]);
        let mut counter = MessageCounter::new();
        counter.push(&bytes[..bytes.len() - 1]);
        assert_eq!(counter.count(), Some(1));
    }

    #[test]
    fn unseen_bytes_are_fine_inside_a_message_only() {
        let mut counter = MessageCounter::new();
        counter.push(&[0, 0, 0, 0, 9, 1]);
        counter.skip(8);
        assert_eq!(counter.count(), Some(1));
        counter.skip(1);
        assert_eq!(counter.count(), None);
    }

    #[test]
    fn it_is_small_because_every_call_holds_one() {
        assert!(size_of::<MessageCounter>() <= 12);
    }
}
