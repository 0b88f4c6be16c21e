//! What became of the spans.

/// Counters of a [`BatchReporter`](crate::BatchReporter), taken at one moment: in every snapshot
/// `accepted = sent + dropped() + queued`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchCounts {
    /// Spans reported, whatever became of them.
    pub accepted: u64,
    /// Spans that the receiver took.
    pub sent: u64,
    /// Spans that came when the queue was full.
    pub dropped_queue_full: u64,
    /// Spans above the size of a batch, and spans of batches that the receiver found too large.
    pub dropped_too_large: u64,
    /// Spans that the receiver did not take and that another try would not help, whole batches or
    /// some of one, or that the exporter failed on.
    pub dropped_rejected: u64,
    /// Spans that were left when the reporter closed, or came later.
    pub dropped_closed: u64,
    /// Spans that wait, the batch being encoded or sent included.
    pub queued: u64,
    /// Batches that the receiver took.
    pub batches: u64,
    /// Bytes on the wire of these batches.
    pub bytes: u64,
    /// Deliveries that failed and were put off to be tried again.
    pub retries: u64,
}

impl BatchCounts {
    /// Spans lost, for whatever reason.
    pub const fn dropped(&self) -> u64 {
        self.dropped_queue_full
            + self.dropped_too_large
            + self.dropped_rejected
            + self.dropped_closed
    }
}
