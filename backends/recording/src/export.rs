//! What runs on the reporter's own thread: turns spans into a batch and delivers it.

use std::time::Duration;

use crate::finished::FinishedSpan;

/// Collects spans in one open batch and delivers it. Owned by the thread of a
/// batching reporter; may block. Traces that begin on that thread are not recorded: what an exporter does
/// would be exported, without end.
pub trait Exporter: Send {
    /// Adds a span to the open batch; returns how many bytes the whole batch would now be sent as
    /// (before compression), or an estimate.
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize;

    /// Takes the span that was added last out of the open batch again.
    fn remove_last(&mut self);

    /// Delivers the open batch within `timeout`, all in all, and keeps it: a batch that is to be
    /// tried again is sent by the next call.
    fn send(&mut self, timeout: Duration) -> Delivery;

    /// What the receiver has taken of the open batch although the last [`send`](Self::send) did not
    /// say `Sent`, which is then about the other spans only.
    fn arrived(&self) -> Arrived {
        Arrived::default()
    }

    /// Empties the open batch.
    fn clear(&mut self);

    /// Whether the receiver takes a SERVER span that shares its CLIENT's id.
    fn supports_join(&self) -> bool {
        false
    }

    /// What stands behind it, for log lines: an endpoint without credentials.
    fn describe(&self) -> String;
}

impl<E: Exporter + ?Sized> Exporter for Box<E> {
    fn add(&mut self, span: &FinishedSpan<'_>) -> usize {
        (**self).add(span)
    }

    fn remove_last(&mut self) {
        (**self).remove_last();
    }

    fn send(&mut self, timeout: Duration) -> Delivery {
        (**self).send(timeout)
    }

    fn arrived(&self) -> Arrived {
        (**self).arrived()
    }

    fn clear(&mut self) {
        (**self).clear();
    }

    fn supports_join(&self) -> bool {
        (**self).supports_join()
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}

/// A part of a batch that the receiver has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    /// How many spans.
    pub spans: u64,
    /// In how many bytes on the wire.
    pub bytes: usize,
}

/// How a delivery went.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Delivery {
    /// Taken, in this many bytes on the wire.
    Sent {
        /// Bytes on the wire.
        bytes: usize,
    },
    /// Certainly not taken, and worth another try (no connection, 429, 503 …).
    Retry {
        /// The receiver's own word on when (`Retry-After`, gRPC's `RetryInfo`).
        after: Option<Duration>,
        /// What went wrong, for the log.
        reason: String,
    },
    /// Not taken because the batch is too large (413): later ones are to be smaller.
    TooLarge {
        /// What went wrong, for the log.
        reason: String,
    },
    /// Not taken, or nobody knows; another try would fail again or send twice.
    Rejected {
        /// What went wrong, for the log.
        reason: String,
    },
}
