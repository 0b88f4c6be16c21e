//! A request body that knows how far it was written.

use std::io::{self, Read};

/// Hands a body out, its last byte alone.
///
/// The client writes what it was given before it asks for more, so a body whose last byte is still
/// here was not written whole: nobody can have taken it.
pub(super) struct Watched<'a>(&'a [u8]);

impl<'a> Watched<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self(body)
    }

    /// True if everything was handed out.
    pub(super) fn was_read(&self) -> bool {
        self.0.is_empty()
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = match self.0.len() {
            0 | 1 => self.0.len(),
            len => len - 1,
        };
        let (now, later) = self.0.split_at(ready.min(out.len()));
        self.0 = later;
        if let Some(slot) = out.get_mut(..now.len()) {
            slot.copy_from_slice(now);
        }
        Ok(now.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_byte_comes_alone() {
        let mut body = Watched::new(b"abcd");
        let mut buffer = [0; 8];
        assert_eq!(body.read(&mut buffer).unwrap(), 3);
        assert!(!body.was_read());
        assert_eq!(body.read(&mut buffer).unwrap(), 1);
        assert!(body.was_read());
        assert_eq!(body.read(&mut buffer).unwrap(), 0);
    }
}
