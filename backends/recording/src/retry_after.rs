//! `Retry-After`: when a receiver wants a batch again.

use std::time::{Duration, SystemTime};

/// How long this value of `Retry-After` (RFC 9110, section 10.2.3), seconds or a date, asks to wait;
/// nothing for a date that has passed. `None` if it says nothing.
pub fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn seconds_are_counted_from_now() {
        for (value, seconds) in [
            ("0", 0),
            (" 12 ", 12),
            ("007", 7),
            ("18446744073709551616", u64::MAX),
            ("99999999999999999999999", u64::MAX),
        ] {
            let expected = Some(Duration::from_secs(seconds));
            assert_eq!(retry_after(value, SystemTime::now()), expected, "{value}");
        }
    }

    /// Each of the three forms (RFC 9110, section 5.6.7).
    #[test]
    fn a_date_may_have_passed() {
        let date = UNIX_EPOCH + Duration::from_secs(784_111_777);
        let seven = Duration::from_secs(7);
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(retry_after(text, date - seven), Some(seven), "{text}");
            let passed = retry_after(text, date + seven);
            assert_eq!(passed, Some(Duration::ZERO), "{text}");
        }
    }

    #[test]
    fn anything_else_says_nothing() {
        for text in [
            "",
            " ",
            "-1",
            "+1",
            "1.5",
            "1 2",
            "soon",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 06 Nov 1994 24:49:37 GMT",
            "S\u{f6}n, 06 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(retry_after(text, UNIX_EPOCH), None, "{text}");
        }
    }
}
