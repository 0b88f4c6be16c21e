//! Numbers and bytes as protocols of brokers write them: big-endian.

/// Reads from the front of some bytes. Nothing is ever taken from behind their end.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_the_end() {
        let mut reader = Reader(&[0, 1, 0, 0, 0, 2, 9]);
        assert_eq!((reader.u16(), reader.u32()), (Some(1), Some(2)));
        assert_eq!(
            (reader.u16(), reader.u32(), reader.bytes(2)),
            (None, None, None)
        );
        assert_eq!(reader.bytes(1), Some(&[9][..]));
        assert_eq!(reader.bytes(0), Some(&[][..]));
    }
}
