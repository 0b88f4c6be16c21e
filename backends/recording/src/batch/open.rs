//! The open batch: what the exporter holds, and whose spans these are.

use std::time::Duration;

use super::limits::Limits;
use crate::export::{Arrived, Delivery, Exporter};
use crate::finished::FinishedSpan;
use crate::guard::guarded;

/// Spans that were taken out of the queue and are not yet answered for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// In the exporter's batch.
    pub(super) spans: u64,
    /// Of these, what the receiver has although the batch as a whole was not sent.
    pub(super) arrived: Arrived,
    /// Found too large on the way.
    pub(super) too_large: u64,
    /// The exporter failed on them.
    pub(super) broken: u64,
    /// What all of them take in the queue.
    pub(super) bytes: usize,
}

impl Taken {
    pub(super) const fn all(&self) -> u64 {
        self.spans + self.too_large + self.broken
    }
}

/// What became of a span that was offered.
pub(super) enum Added {
    /// It is in the batch, or was found too large.
    Done,
    /// It does not fit beside the others.
    NoRoom,
    /// The exporter panicked: the batch is lost, and the span with it.
    Broken(String),
}

pub(super) struct Open {
    exporter: Box<dyn Exporter>,
    taken: Taken,
    size: usize,
}

impl Open {
    pub(super) fn new(exporter: Box<dyn Exporter>) -> Self {
        Self {
            exporter,
            taken: Taken::default(),
            size: 0,
        }
    }

    pub(super) const fn taken(&self) -> &Taken {
        &self.taken
    }

    /// Encoded bytes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Offers a span, which takes so many bytes in the queue.
    #[inline]
    pub(super) fn add(&mut self, span: &FinishedSpan<'_>, len: usize, limits: &Limits) -> Added {
        let size = match guarded(|| self.exporter.add(span)) {
            Ok(size) => size,
            Err(reason) => {
                self.taken.bytes += len;
                self.taken.broken += self.taken.spans + 1;
                self.taken.spans = 0;
                self.empty();
                return Added::Broken(reason);
            }
        };
        let alone = self.taken.spans == 0;
        let room = if alone {
            limits.set_bytes
        } else {
            limits.bytes
        };
        if size <= room {
            self.taken.bytes += len;
            self.taken.spans += 1;
            self.size = size;
            return Added::Done;
        }
        if alone {
            self.taken.bytes += len;
            self.taken.too_large += 1;
            self.empty();
            return Added::Done;
        }
        match guarded(|| self.exporter.remove_last()) {
            Ok(()) => Added::NoRoom,
            Err(reason) => {
                self.taken.bytes += len;
                self.taken.broken += self.taken.spans + 1;
                self.taken.spans = 0;
                self.empty();
                Added::Broken(reason)
            }
        }
    }

    /// Tries to deliver the batch. A panic loses it: it may have been sent.
    pub(super) fn send(&mut self, timeout: Duration) -> Delivery {
        let delivery = guarded(|| self.exporter.send(timeout))
            .unwrap_or_else(|reason| Delivery::Rejected { reason });
        let mut arrived = match &delivery {
            Delivery::Sent { .. } => Arrived::default(),
            _ => guarded(|| self.exporter.arrived()).unwrap_or_default(),
        };
        arrived.spans = arrived.spans.min(self.taken.spans);
        self.taken.arrived = arrived;
        delivery
    }

    /// Takes what has arrived out of an open batch that will not be sent again.
    pub(super) fn take_arrived(&mut self) -> Taken {
        let arrived = std::mem::take(&mut self.taken.arrived);
        self.taken.spans = self.taken.spans.saturating_sub(arrived.spans);
        Taken {
            spans: arrived.spans,
            arrived,
            ..Taken::default()
        }
    }

    /// Whose spans the batch held; it is empty now.
    pub(super) fn close(&mut self) -> Taken {
        self.empty();
        std::mem::take(&mut self.taken)
    }

    fn empty(&mut self) {
        self.size = 0;
        // An exporter that cannot even do this shows it again at the next span.
        let _ = guarded(|| self.exporter.clear());
    }
}
