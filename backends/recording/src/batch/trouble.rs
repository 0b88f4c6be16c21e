//! What the log says about failures: little, and with numbers.

use std::time::{Duration, Instant};

use super::counts::BatchCounts;

const PAUSE: Duration = Duration::from_secs(60);

/// Decides which failures get a line: the first, then one a minute at most. A recovery gets one if
/// its failure had one.
#[derive(Default)]
pub(super) struct Trouble {
    last_line: Option<Instant>,
    /// In a row, since the last success.
    failures: u64,
    said: bool,
}

impl Trouble {
    /// A delivery failed.
    pub(super) fn failed(
        &mut self,
        now: Instant,
        to: &str,
        reason: &str,
        counts: &BatchCounts,
    ) -> Option<String> {
        self.failures += 1;
        if !self.may_speak(now) {
            return None;
        }
        self.said = true;
        Some(format!(
            "spans not delivered to {to}: {reason} (failures in a row: {}, {})",
            self.failures,
            state(counts)
        ))
    }

    /// Spans were lost although nothing failed.
    pub(super) fn overrun(&mut self, now: Instant, counts: &BatchCounts) -> Option<String> {
        self.may_speak(now)
            .then(|| format!("the queue of spans is full ({})", state(counts)))
    }

    /// Spans were lost because no batch has room for one of them.
    pub(super) fn oversized(&mut self, now: Instant, counts: &BatchCounts) -> Option<String> {
        let large = counts.dropped_too_large;
        let state = state(counts);
        self.may_speak(now)
            .then(|| format!("spans are too large to be sent: {large} ({state})"))
    }

    /// A delivery succeeded.
    pub(super) fn succeeded(&mut self, to: &str, counts: &BatchCounts) -> Option<String> {
        let failures = std::mem::take(&mut self.failures);
        std::mem::take(&mut self.said).then(|| {
            format!(
                "spans are delivered to {to} again after {failures} failures ({})",
                state(counts)
            )
        })
    }

    fn may_speak(&mut self, now: Instant) -> bool {
        let may = self
            .last_line
            .is_none_or(|last| now.saturating_duration_since(last) >= PAUSE);
        if may {
            self.last_line = Some(now);
        }
        may
    }
}

fn state(counts: &BatchCounts) -> String {
    format!(
        "sent {}, queued {}, dropped {}",
        counts.sent,
        counts.queued,
        counts.dropped()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> BatchCounts {
        BatchCounts {
            accepted: 9,
            sent: 4,
            dropped_queue_full: 2,
            queued: 3,
            ..BatchCounts::default()
        }
    }

    #[test]
    fn the_first_failure_has_a_line_and_then_one_a_minute() {
        let (mut trouble, start) = (Trouble::default(), Instant::now());
        let lines: Vec<_> = (0..=180)
            .filter_map(|second| {
                let now = start + Duration::from_secs(second);
                let line = trouble.failed(now, "there", "refused", &counts())?;
                Some((second, line))
            })
            .collect();
        let seconds: Vec<_> = lines.iter().map(|(second, _)| *second).collect();
        assert_eq!(seconds, [0, 60, 120, 180]);
        assert_eq!(
            lines[1].1,
            "spans not delivered to there: refused \
             (failures in a row: 61, sent 4, queued 3, dropped 2)"
        );
    }

    #[test]
    fn a_recovery_has_one_line_and_a_flapping_receiver_one_pair_a_minute() {
        let (mut trouble, start) = (Trouble::default(), Instant::now());
        let mut lines = 0;
        for second in 0..60 {
            let now = start + Duration::from_secs(second);
            lines += usize::from(trouble.failed(now, "there", "no", &counts()).is_some());
            lines += usize::from(trouble.succeeded("there", &counts()).is_some());
            assert_eq!(trouble.succeeded("there", &counts()), None);
        }
        assert_eq!(lines, 2);
    }

    #[test]
    fn a_full_queue_shares_the_minute() {
        let (mut trouble, now) = (Trouble::default(), Instant::now());
        assert!(trouble.overrun(now, &counts()).is_some());
        assert_eq!(trouble.failed(now, "there", "no", &counts()), None);
        assert_eq!(trouble.succeeded("there", &counts()), None);
    }
}
