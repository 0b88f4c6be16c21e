//! What to say at the end.

use std::fmt;

use tracer_recording::BatchCounts;

/// The spans that one exporter could not deliver. Printed, it is one line:
/// `zipkin http://localhost:9411/api/v2/spans: 12 of 40 spans lost (12 queue full)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    exporter: String,
    counts: BatchCounts,
}

impl Loss {
    /// `None` if nothing was lost.
    pub(crate) fn of(exporter: &str, counts: BatchCounts) -> Option<Self> {
        (counts.dropped() > 0).then(|| Self {
            exporter: exporter.to_owned(),
            counts,
        })
    }

    /// The exporter: its name and its endpoint without credentials.
    pub fn exporter(&self) -> &str {
        &self.exporter
    }

    /// How many spans were lost.
    pub fn spans(&self) -> u64 {
        self.counts.dropped()
    }

    /// Everything that was counted.
    pub fn counts(&self) -> &BatchCounts {
        &self.counts
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = &self.counts;
        let (lost, all) = (counts.dropped(), counts.accepted);
        write!(f, "{}: {lost} of {all} spans lost (", self.exporter)?;
        let reasons = [
            (counts.dropped_queue_full, "queue full"),
            (counts.dropped_too_large, "too large"),
            (counts.dropped_rejected, "not taken"),
            (counts.dropped_closed, "not delivered before the end"),
        ];
        let reasons = reasons.into_iter().filter(|(spans, _)| *spans > 0);
        for (i, (spans, reason)) in reasons.enumerate() {
            let separator = if i == 0 { "" } else { ", " };
            write!(f, "{separator}{spans} {reason}")?;
        }
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_many_and_why() {
        let mut counts = BatchCounts::default();
        assert_eq!(Loss::of("zipkin http://a/", counts), None);
        counts.accepted = 40;
        counts.sent = 28;
        counts.dropped_queue_full = 9;
        counts.dropped_closed = 3;
        let loss = Loss::of("zipkin http://a/", counts).unwrap();
        assert_eq!(
            loss.to_string(),
            "zipkin http://a/: 12 of 40 spans lost (9 queue full, 3 not delivered before the end)"
        );
        assert_eq!((loss.exporter(), loss.spans()), ("zipkin http://a/", 12));
    }
}
