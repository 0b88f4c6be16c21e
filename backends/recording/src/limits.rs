//! How much one span may hold.

/// Limits of one span. What is left out is counted in [`FinishedSpan::left_out`](crate::FinishedSpan::left_out).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanLimits {
    /// Tags, beside those that layers write themselves. 128 unless set.
    pub tags: usize,
    /// Logs. 128 unless set.
    pub logs: usize,
    /// Fields of one log. 128 unless set.
    pub log_fields: usize,
    /// Bytes of one value; longer ones are cut on a character boundary. 4,096 unless set. Names of
    /// spans, and those of the other side, have 256 at least.
    pub value_bytes: usize,
    /// References beside the parent. 128 unless set.
    pub references: usize,
}

impl Default for SpanLimits {
    fn default() -> Self {
        Self {
            tags: 128,
            logs: 128,
            log_fields: 128,
            value_bytes: 4096,
            references: 128,
        }
    }
}
