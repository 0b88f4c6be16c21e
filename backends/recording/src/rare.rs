//! What few spans have: events and references.

use tracer_core::{Reference, Tag};

use crate::fields::LogList;
use crate::limits::SpanLimits;

/// Room for so many references is kept.
const KEPT_REFERENCES: usize = 8;

/// Apart from the rest, so that other spans do not carry its room through the caches.
#[derive(Debug, Default)]
pub(crate) struct Rare {
    pub(crate) logs: LogList,
    pub(crate) references: Vec<Reference>,
}

impl Rare {
    /// Adds an event; returns how much of it the limits left out.
    pub(crate) fn log(&mut self, time: u64, log: &[Tag<'_>], limits: &SpanLimits) -> usize {
        if self.logs.len() >= limits.logs {
            return 1;
        }
        let fields = log.iter().take(limits.log_fields).copied();
        self.logs.push(time, fields, limits.value_bytes);
        log.len().saturating_sub(limits.log_fields)
    }

    /// Adds references; returns how many the limits left out.
    pub(crate) fn refer(&mut self, references: &[Reference], limits: &SpanLimits) -> usize {
        let room = limits.references.saturating_sub(self.references.len());
        self.references
            .extend(references.iter().take(room).cloned());
        references.len().saturating_sub(room)
    }

    /// Empties it; room for more than so many bytes of events is given back.
    pub(crate) fn clear(&mut self, kept: usize) {
        self.logs.clear(kept);
        self.references.clear();
        self.references.shrink_to(KEPT_REFERENCES);
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.logs.len() == 0 && self.references.is_empty()
    }
}
