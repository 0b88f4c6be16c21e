//! Uploads that ask before they send their body.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::watched::Watched;

/// Whether the next upload asks first, as one does whose last connection broke while the body was
/// written. For the crates beside this one.
///
/// A server that refuses a request by its head (too large, not allowed) may answer and hang up at once,
/// and the reset to what is still being written can overtake that answer: nothing but "not sent" is
/// left, and the same body would be tried for ever. Who asks is answered before the body (RFC 9110,
/// section 10.1.1). It costs a round trip, or a second with a server that knows nothing of it, and a
/// connection, so it is done only when there is something to learn.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Asking(AtomicBool);

impl Asking {
    /// The headers of those that ask. An answer that comes in place of the 100 is only heard by ureq once the
    /// server has closed the connection, and what was announced and not sent has ended it anyway.
    pub const HEADERS: [(&str, &str); 2] = [("expect", "100-continue"), ("connection", "close")];
    /// The status of servers that cannot say: the body has to be sent unasked (section 15.5.18).
    pub const CANNOT_SAY: u16 = 417;

    /// True if this upload asks; the one after it does not unless it is told to.
    pub fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }

    /// After an upload that was not sent whole.
    pub fn unsent(&self, body: &Watched<'_>) {
        self.0.store(body.was_begun(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn only_after_a_body_that_was_begun_and_only_once() {
        let asking = Asking::default();
        let mut body = Watched::new(b"[{}]");
        asking.unsent(&body);
        assert!(!asking.take(), "nobody was there");
        assert_eq!(body.read(&mut [0; 1]).unwrap(), 1);
        asking.unsent(&body);
        assert!(asking.take());
        assert!(!asking.take());
    }
}
