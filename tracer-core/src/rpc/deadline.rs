//! When a call's time is up.

use std::num::NonZeroU64;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A call that is dropped this close to its deadline ran into it: the timer that dropped it and the
/// layer did not start to count at the same moment.
pub const DEADLINE_TOLERANCE: Duration = Duration::from_millis(10);

/// The value of `grpc-timeout` (gRPC over HTTP/2, "Timeout"): 1 to 8 digits and a unit, one of
/// `H M S m u n`. Malformed is absent.
pub fn parse_timeout(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits
        .iter()
        .fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
    Some(match unit {
        b'H' => Duration::from_secs(number * 3600),
        b'M' => Duration::from_secs(number * 60),
        b'S' => Duration::from_secs(number),
        b'm' => Duration::from_millis(number),
        b'u' => Duration::from_micros(number),
        b'n' => Duration::from_nanos(number),
        _ => return None,
    })
}

/// The moment at which a call's time is up.
// In nanoseconds round the first start, which is half of what an `Instant` takes. Never zero: one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(NonZeroU64);

impl Deadline {
    /// The deadline of a call that starts now. `None` if it lies beyond what the clock can say.
    pub fn after(timeout: Duration) -> Option<Self> {
        Self::starting(Instant::now(), timeout)
    }

    /// The deadline of a call that started at `start`.
    pub fn starting(start: Instant, timeout: Duration) -> Option<Self> {
        let timeout = u64::try_from(timeout.as_nanos()).ok()?;
        let end = nanos(start).checked_add(timeout)?;
        end.checked_add(1).and_then(NonZeroU64::new).map(Self)
    }

    /// True if the time is up at `now`, to within [`DEADLINE_TOLERANCE`].
    pub fn is_over_at(self, now: Instant) -> bool {
        let left = (self.0.get() - 1).saturating_sub(nanos(now));
        Duration::from_nanos(left) <= DEADLINE_TOLERANCE
    }

    /// True if the time is up, to within [`DEADLINE_TOLERANCE`].
    pub fn is_over(self) -> bool {
        self.is_over_at(Instant::now())
    }
}

/// Half of what there is lies before the first.
fn nanos(at: Instant) -> u64 {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = *FIRST.get_or_init(|| at);
    let nanos = |from: Instant, to: Instant| {
        let nanos = to.saturating_duration_since(from).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX)
    };
    (1_u64 << 63)
        .saturating_add(nanos(first, at))
        .saturating_sub(nanos(at, first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_have_a_unit_and_at_most_eight_digits() {
        let good = [
            ("1H", Duration::from_secs(3600)),
            ("2M", Duration::from_secs(120)),
            ("99999999S", Duration::from_secs(99_999_999)),
            ("100m", Duration::from_millis(100)),
            ("7u", Duration::from_micros(7)),
            ("0n", Duration::ZERO),
        ];
        for (value, timeout) in good {
            assert_eq!(parse_timeout(value.as_bytes()), Some(timeout), "{value}");
        }
        for bad in [
            "",
            "S",
            "1",
            "1s",
            "123456789S",
            "-1S",
            "1.5S",
            " 1S",
            "1S ",
        ] {
            assert_eq!(parse_timeout(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn ten_milliseconds_before_the_deadline_it_is_over() {
        let start = Instant::now();
        let deadline = Deadline::starting(start, Duration::from_millis(100)).unwrap();
        assert!(!deadline.is_over_at(start + Duration::from_millis(89)));
        assert!(deadline.is_over_at(start + Duration::from_millis(90)));
        assert!(deadline.is_over_at(start + Duration::from_secs(9)));
        assert!(Deadline::starting(start, Duration::MAX).is_none());
        if let Some(before) = start.checked_sub(Duration::from_millis(300)) {
            let deadline = Deadline::starting(before, Duration::from_millis(100)).unwrap();
            assert!(deadline.is_over_at(start));
            assert!(!deadline.is_over_at(before));
        }
        assert_eq!(size_of::<Option<Deadline>>(), 8);
    }
}
