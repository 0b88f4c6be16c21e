//! Hexadecimal by table: the fastest safe way, and the only one in the workspace.

const BAD: u8 = 0x80;

const fn decode_table(upper: bool) -> [u8; 256] {
    let mut table = [BAD; 256];
    let mut value = 0u8;
    while value < 16 {
        let lower = if value < 10 {
            b'0' + value
        } else {
            b'a' + value - 10
        };
        table[lower as usize] = value;
        if upper && value >= 10 {
            table[(b'A' + value - 10) as usize] = value;
        }
        value += 1;
    }
    table
}

static LOWER: [u8; 256] = decode_table(false);
static ANY_CASE: [u8; 256] = decode_table(true);
static DIGITS: [u8; 16] = *b"0123456789abcdef";

fn decode_with(table: &[u8; 256], digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let (mut value, mut bad) = (0u64, 0u8);
    for digit in digits {
        let nibble = table[*digit as usize];
        bad |= nibble;
        value = (value << 4) | u64::from(nibble & 0x0f);
    }
    (bad & BAD == 0).then_some(value)
}

/// Decodes 1 to 16 lower-case hex digits; `None` for anything else.
///
/// ```
/// assert_eq!(tracer_core::hex::decode(b"00ff"), Some(255));
/// assert_eq!(tracer_core::hex::decode(b"00FF"), None);
/// ```
#[inline]
pub fn decode(digits: &[u8]) -> Option<u64> {
    match digits.split_first_chunk() {
        Some((high, low)) if low.len() == 8 => {
            let low = low.first_chunk()?;
            Some((u64::from(decode_eight(*high)?) << 32) | u64::from(decode_eight(*low)?))
        }
        _ => decode_with(&LOWER, digits),
    }
}

/// Eight lower-case digits at once, as the bytes of one number.
#[inline]
fn decode_eight(digits: [u8; 8]) -> Option<u32> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(digits);
    // Bit 6 tells letters from digits; the low bits of `a` are 1. At most 24 in each byte.
    let values = (text & (EACH * 0x0f)) + ((text >> 6) & EACH) * 9;
    // Printed again it is the same text, unless some byte was no digit.
    let letters = ((values + EACH * 6) >> 4) & EACH;
    let printed = values + EACH * 0x30 + letters * 0x27;
    if printed != text || values & (EACH * 0xf0) != 0 {
        return None;
    }
    let pairs = (values | (values >> 4)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    Some((fours | (fours >> 16)) as u32)
}

/// Decodes 1 to 16 hex digits of either case; `None` for anything else.
pub fn decode_any_case(digits: &[u8]) -> Option<u64> {
    decode_with(&ANY_CASE, digits)
}

/// Writes `value` as sixteen lower-case digits to the start of `out`, and as many as fit if it is
/// shorter.
#[inline]
pub fn encode(value: u64, out: &mut [u8]) {
    for (byte, pair) in value.to_be_bytes().iter().zip(out.chunks_exact_mut(2)) {
        if let [high, low] = pair {
            *high = DIGITS[(byte >> 4) as usize];
            *low = DIGITS[(byte & 0x0f) as usize];
        }
    }
}

/// An id printed as lower-case hex, on the stack.
#[derive(Clone, Copy)]
pub struct Hex {
    digits: [u8; 32],
    len: u8,
}

impl Hex {
    pub(crate) fn of_64(value: u64) -> Self {
        let mut digits = [b'0'; 32];
        encode(value, &mut digits);
        Self { digits, len: 16 }
    }

    pub(crate) fn of_128(high: u64, low: u64) -> Self {
        let mut digits = [b'0'; 32];
        let (first, second) = digits.split_at_mut(16);
        encode(high, first);
        encode(low, second);
        Self { digits, len: 32 }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl std::ops::Deref for Hex {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

impl std::fmt::Debug for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_at_once_are_what_they_are_one_by_one() {
        for byte in 0..=u8::MAX {
            for at in 0..16 {
                let mut digits = *b"0123456789abcdef";
                digits[at] = byte;
                assert_eq!(
                    decode(&digits),
                    decode_with(&LOWER, &digits),
                    "{byte} at {at}"
                );
            }
        }
        assert_eq!(decode(b"0123456789abcdef"), Some(0x0123_4567_89ab_cdef));
        assert_eq!(decode(b"ffffffffffffffff"), Some(u64::MAX));
        assert_eq!(decode(b"00000000000000001"), None);
    }
}
