//! How large a batch may be, and what its receiver makes of that.

use std::time::{Duration, Instant};

use super::queue::Size;

/// A receiver that finds everything too large does not bring the limit below this.
const LEAST_BYTES: usize = 4 * 1024;

/// So long after a refusal a larger batch is tried again, if that was not tried in vain before.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

/// Whoever never takes more loses one batch each time.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) spans: u64,
    /// As it was set: a span above it is never sent.
    pub(super) set_bytes: usize,
    /// As the receiver has lowered it since.
    pub(super) bytes: usize,
    refused_at: Option<Instant>,
    pause: Duration,
    /// When larger batches were tried, if that was since the last refusal.
    raised_at: Option<Instant>,
}

impl Limits {
    pub(super) const fn new(size: &Size) -> Self {
        Self {
            spans: size.batch_spans,
            set_bytes: size.batch_bytes,
            bytes: size.batch_bytes,
            refused_at: None,
            pause: FIRST_PAUSE,
            raised_at: None,
        }
    }

    /// The receiver found a batch too large.
    pub(super) fn refused(&mut self, spans: u64, bytes: usize, now: Instant) {
        if spans <= 1 && bytes > self.bytes {
            // One span that is above the limit anyway says nothing about batches.
            return;
        }
        // For long nothing was wrong with them; or they were tried in vain.
        let stood = |at: Instant| now.saturating_duration_since(at) > 2 * LONGEST_PAUSE;
        self.pause = match self.raised_at.take() {
            Some(at) if stood(at) => FIRST_PAUSE,
            Some(_) => (2 * self.pause).min(LONGEST_PAUSE),
            None => self.pause,
        };
        self.refused_at = Some(now);
        self.bytes = (self.bytes / 2).max(LEAST_BYTES).min(self.bytes);
    }

    /// The receiver took a batch. Who refused larger ones may have been repaired: from then on each batch that
    /// fills half of the limit doubles it.
    pub(super) fn taken(&mut self, bytes: usize, now: Instant) {
        let rests = |at: Instant| now.saturating_duration_since(at) < self.pause;
        if self.bytes < self.set_bytes
            && bytes > self.bytes / 2
            && !self.refused_at.is_some_and(rests)
        {
            self.bytes = self.bytes.saturating_mul(2).min(self.set_bytes);
            self.raised_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const SET: usize = 500_000;

    fn limits() -> Limits {
        Limits::new(&Size {
            queue_spans: 10_000,
            queue_bytes: 10 << 20,
            batch_spans: 512,
            batch_bytes: SET,
        })
    }

    #[test]
    fn one_span_above_the_limit_says_nothing_about_batches() {
        let (mut limits, now) = (limits(), Instant::now());
        limits.refused(2, SET, now);
        assert_eq!(limits.bytes, SET / 2);
        limits.refused(1, SET / 2 + 1, now);
        assert_eq!(limits.bytes, SET / 2);
        limits.refused(1, SET / 2, now);
        assert_eq!(limits.bytes, SET / 4);
        limits.refused(2, SET / 4 + 1, now);
        assert_eq!(limits.bytes, SET / 8);
    }

    #[test]
    fn who_refused_everything_for_a_while_gets_large_batches_again() {
        let (mut limits, mut now) = (limits(), Instant::now());
        for _ in 0..20 {
            limits.refused(9, limits.bytes, now);
        }
        assert_eq!(limits.bytes, LEAST_BYTES);
        now += 9 * SECOND;
        limits.taken(limits.bytes, now);
        assert_eq!(limits.bytes, LEAST_BYTES, "too soon");
        now += SECOND;
        limits.taken(limits.bytes / 2, now);
        assert_eq!(limits.bytes, LEAST_BYTES, "it fits twice");
        for _ in 0..7 {
            limits.taken(limits.bytes, now);
        }
        assert_eq!(limits.bytes, SET);
    }

    #[test]
    fn who_never_takes_more_is_seldom_asked() {
        let (mut limits, mut now) = (limits(), Instant::now());
        let begun = now;
        let mut refused = vec![];
        while refused.len() < 13 {
            if limits.bytes > 200_000 {
                refused.push((now - begun).as_secs());
                limits.refused(9, limits.bytes, now);
            } else {
                limits.taken(limits.bytes, now);
            }
            now += SECOND;
        }
        let pauses: Vec<_> = refused.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(pauses[0], 1, "half of it was still too much");
        assert_eq!(pauses[1..5], [11, 21, 41, 81]);
        assert_eq!(pauses[9..], [2561, 3601, 3601]);
        // It is forgotten when larger ones were taken for long, and not because nothing was sent for long.
        for (stood, pause) in [(false, LONGEST_PAUSE), (true, FIRST_PAUSE)] {
            now += 9 * LONGEST_PAUSE;
            limits.taken(limits.bytes, now);
            if stood {
                now += 9 * LONGEST_PAUSE;
            }
            // The second time it is only a step further down.
            for _ in 0..2 {
                limits.refused(9, limits.bytes, now);
            }
            assert_eq!(limits.pause, pause);
        }
    }
}
