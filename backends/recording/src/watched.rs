//! A request body that knows how far it was written.

use std::io::{self, Read};

/// Hands a request's body out, its last byte alone, for exporters that must know whether a failed
/// upload may have arrived.
///
/// The client writes what it was given before it asks for more, so a body whose last byte was
/// asked for has been written up to there, and one whose last byte is still here was not written
/// whole: nobody can have taken it, and another try sends nothing twice.
///
/// ```
/// use std::io::Read;
/// use tracer_recording::{Delivery, Watched};
///
/// let mut body = Watched::new(b"[{}]");
/// body.read(&mut [0; 64])?; // as a client does, whose connection breaks then
/// let reason = "connection reset".to_owned();
/// let delivery = if body.was_read() {
///     Delivery::Rejected { reason }
/// } else {
///     Delivery::Retry { after: None, reason }
/// };
/// assert!(matches!(delivery, Delivery::Retry { .. }));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Watched<'a> {
    left: &'a [u8],
    #[cfg(feature = "_http")]
    len: usize,
}

impl<'a> Watched<'a> {
    /// All of this body is still to be handed out.
    pub const fn new(body: &'a [u8]) -> Self {
        Self {
            left: body,
            #[cfg(feature = "_http")]
            len: body.len(),
        }
    }

    /// True if everything was handed out.
    pub const fn was_read(&self) -> bool {
        self.left.is_empty()
    }

    /// True if something was handed out.
    #[cfg(feature = "_http")]
    pub(crate) const fn was_begun(&self) -> bool {
        self.left.len() < self.len
    }

    /// True if the peer may have taken it, although the client failed with this error. For the crates
    /// beside this one: it changes with the client.
    #[doc(hidden)]
    #[cfg(feature = "_http")]
    pub fn may_have_arrived(&self, error: &ureq::Error) -> bool {
        // Only who writes is told this, and the last byte is what is written last.
        let unwritten =
            matches!(error, ureq::Error::Io(error) if error.kind() == io::ErrorKind::BrokenPipe);
        self.was_read() && !unwritten && !crate::tls::Tls::turned_away(error)
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = match self.left.len() {
            0 | 1 => self.left.len(),
            len => len - 1,
        };
        let (now, later) = self.left.split_at(ready.min(out.len()));
        self.left = later;
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
        let mut body = Watched::new(b"abcde");
        let mut buffer = [0; 3];
        let mut reads: Vec<Vec<u8>> = Vec::new();
        loop {
            assert_eq!(body.was_read(), reads.concat().len() == 5);
            match body.read(&mut buffer).unwrap() {
                0 => break,
                len => reads.push(buffer[..len].to_vec()),
            }
        }
        assert_eq!(reads, [&b"abc"[..], b"d", b"e"]);
    }

    #[cfg(feature = "_http")]
    #[test]
    fn what_could_not_be_written_did_not_arrive() {
        use io::ErrorKind::{BrokenPipe, ConnectionReset, TimedOut};

        let mut body = Watched::new(b"ab");
        for (read, kind, expected) in [
            (1, ConnectionReset, false),
            (1, ConnectionReset, true),
            (0, TimedOut, true),
            (0, BrokenPipe, false),
        ] {
            assert_eq!(body.read(&mut [0; 2]).unwrap(), read);
            let error = ureq::Error::Io(kind.into());
            assert_eq!(body.may_have_arrived(&error), expected, "{kind}");
        }
    }
}
