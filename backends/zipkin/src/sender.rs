//! Where encoded lists go.

use std::time::Duration;

use tracer_recording::Delivery;

/// Carries encoded lists of spans to a collector. Owned by the reporter's thread; may block.
pub trait Sender: Send {
    /// Delivers one list of this media type within `timeout`, all in all.
    fn send(&mut self, list: &[u8], media_type: &str, timeout: Duration) -> Delivery;

    /// Where to, for log lines: without credentials.
    fn describe(&self) -> String;
}

impl<S: Sender + ?Sized> Sender for Box<S> {
    fn send(&mut self, list: &[u8], media_type: &str, timeout: Duration) -> Delivery {
        (**self).send(list, media_type, timeout)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}
