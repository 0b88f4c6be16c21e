//! How long to wait before the next try.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// What a receiver may ask for (`Retry-After`, gRPC's `RetryInfo`).
const LONGEST_ASKED: Duration = Duration::from_secs(30);

/// 100 ms doubling to 5 s, with full jitter: any time from zero to that.
pub(super) struct Backoff {
    ceiling: Duration,
}

impl Backoff {
    pub(super) const fn new() -> Self {
        Self { ceiling: FIRST }
    }

    /// After a success.
    pub(super) const fn reset(&mut self) {
        self.ceiling = FIRST;
    }

    /// The pause after a failure. `random` is from zero to below one; `asked` is the receiver's own
    /// word.
    pub(super) fn pause(&mut self, random: f64, asked: Option<Duration>) -> Duration {
        let pause = self.ceiling.mul_f64(random.clamp(0.0, 1.0));
        self.ceiling = (self.ceiling * 2).min(LONGEST);
        asked.map_or(pause, |asked| pause.max(asked.min(LONGEST_ASKED)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(of: &mut Backoff, random: f64) -> u128 {
        of.pause(random, None).as_millis()
    }

    #[test]
    fn the_pause_doubles_from_100_ms_to_5_s_and_a_success_resets_it() {
        let mut backoff = Backoff::new();
        let pauses: Vec<_> = (0..8).map(|_| millis(&mut backoff, 1.0)).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
        backoff.reset();
        assert_eq!(millis(&mut backoff, 1.0), 100);
    }

    #[test]
    fn the_jitter_is_full() {
        let mut backoff = Backoff::new();
        assert_eq!(millis(&mut backoff, 0.0), 0);
        assert_eq!(millis(&mut backoff, 0.5), 100);
        assert_eq!(millis(&mut backoff, f64::NAN.max(0.25)), 100);
    }

    #[test]
    fn the_receivers_word_counts_up_to_30_s_and_never_shortens_the_pause() {
        let asked = |secs| Backoff::new().pause(1.0, Some(Duration::from_secs(secs)));
        assert_eq!(asked(7), Duration::from_secs(7));
        assert_eq!(asked(3600), Duration::from_secs(30));
        assert_eq!(asked(0), Duration::from_millis(100));
    }
}
