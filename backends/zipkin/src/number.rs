//! Decimal digits, several at once: each step splits all groups of a number at the same time.

use crate::buffer::Buffer;

const ZEROS_4: u32 = u32::from_le_bytes([b'0'; 4]);
const ZEROS_8: u64 = u64::from_le_bytes([b'0'; 8]);

/// The digits of a number below 10,000, the first in the lowest byte.
#[inline]
const fn four(value: u32) -> u32 {
    let pairs = (value / 100) | (value % 100) << 16;
    // A tenth of each pair: exact below 179.
    let tens = ((pairs * 103) >> 10) & 0x000f_000f;
    tens | (pairs - tens * 10) << 8
}

/// The digits of a number below 100,000,000, the first in the lowest byte.
#[inline]
const fn eight(value: u64) -> u64 {
    let fours = (value / 10_000) | (value % 10_000) << 32;
    // A hundredth of each four: exact below 43,699.
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (fours - hundreds * 100) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - tens * 10) << 8
}

/// Appends an integer.
#[inline]
pub(crate) fn integer(out: &mut Buffer, value: i64) {
    if value < 0 {
        out.put(b"-");
    }
    number(out, value.unsigned_abs());
}

/// Appends a number.
#[inline]
pub(crate) fn number(out: &mut Buffer, value: u64) {
    match short(value) {
        Some((digits, len)) => out.fill(|room| {
            *room = digits;
            usize::from(len)
        }),
        None => long(out, value),
    }
}

/// The digits of a number that has no more than four, and how many it has.
#[inline]
pub(crate) fn up_to_four(value: i64) -> Option<([u8; 4], u8)> {
    short(u64::try_from(value).ok()?)
}

#[inline]
fn short(value: u64) -> Option<([u8; 4], u8)> {
    (value < 10_000).then(|| {
        let digits = four(value as u32);
        // The last digit is written even if it is a zero.
        let skipped = (digits.trailing_zeros() / 8).min(3);
        let text = (digits + ZEROS_4) >> (8 * skipped);
        (text.to_le_bytes(), 4 - skipped as u8)
    })
}

const BELOW: u64 = 100_000_000;

/// The digits of a number that has sixteen, as the microseconds of our days have.
#[inline]
pub(crate) fn sixteen(value: u64) -> Option<[u8; 16]> {
    let (first, rest) = (value / BELOW, value % BELOW);
    if !(BELOW / 10..BELOW).contains(&first) {
        return None;
    }
    let [first, rest] = [first, rest].map(|half| u128::from(eight(half) + ZEROS_8));
    Some((first | rest << 64).to_le_bytes())
}

#[inline(never)]
fn long(out: &mut Buffer, value: u64) {
    let (first, rest) = (value / BELOW, value % BELOW);
    if first >= BELOW {
        // None that counts microseconds is so long.
        long(out, first);
    } else if first > 0 {
        start(out, first);
    } else {
        return start(out, rest);
    }
    out.put(&(eight(rest) + ZEROS_8).to_le_bytes());
}

/// Appends a number below 100,000,000 but 0.
#[inline]
fn start(out: &mut Buffer, value: u64) {
    let digits = eight(value);
    let skipped = digits.trailing_zeros() / 8;
    let text = (digits + ZEROS_8) >> (8 * skipped);
    out.fill(|room| {
        *room = text.to_le_bytes();
        8 - skipped as usize
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_all_their_digits_and_no_more() {
        let mut buffer = Buffer::default();
        let mut check = |value: u64| {
            buffer.truncate(0);
            buffer.write(|buffer| number(buffer, value));
            let text = value.to_string();
            assert_eq!(buffer.as_bytes(), text.as_bytes());
            let all = sixteen(value);
            assert_eq!(
                all.as_ref().map(<[u8; 16]>::as_slice),
                (text.len() == 16).then_some(text.as_bytes())
            );
        };
        (0..120_000).for_each(&mut check);
        for digits in 0..20 {
            let power = 10u64.pow(digits);
            for value in [power - 1, power, power + 1, power / 3 * 2, power / 7 * 3] {
                check(value);
            }
        }
        for value in [1_700_000_000_000_000, 99_999_999, u64::MAX, u64::MAX - 1] {
            check(value);
        }
        let mut value = 1;
        for _ in 0..100_000 {
            value = 6_364_136_223_846_793_005_u64
                .wrapping_mul(value)
                .wrapping_add(1);
            check(value >> (value % 64));
        }
    }
}
