//! Hexadecimal: sixteen digits at a time, others by table.

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
    match digits.first_chunk() {
        Some(all) if digits.len() == 16 => decode_sixteen(all),
        _ => decode_with(&LOWER, digits),
    }
}

/// Decodes two lower-case digits.
#[inline]
pub fn decode_byte([high, low]: [u8; 2]) -> Option<u8> {
    let (high, low) = (LOWER[high as usize], LOWER[low as usize]);
    ((high | low) & BAD == 0).then_some((high << 4) | low)
}

/// Decodes two ids of sixteen lower-case digits for little more than the price of one; `None` if
/// anything else is among them.
///
/// ```
/// let ids = tracer_core::hex::decode_two(b"00000000000000ff", b"000000000000000a");
/// assert_eq!(ids, Some([255, 10]));
/// ```
#[inline]
pub fn decode_two(first: &[u8; 16], second: &[u8; 16]) -> Option<[u64; 2]> {
    let mut bytes = [0; 16];
    let all = decode_bytes(first, second, &mut bytes).then(|| u128::from_be_bytes(bytes));
    all.map(|all| [(all >> 64) as u64, all as u64])
}

#[inline]
fn decode_sixteen(digits: &[u8; 16]) -> Option<u64> {
    decode_two(digits, &[b'0'; 16]).map(|[value, _]| value)
}

/// False if anything but digits is among them.
// Of loops of this length, whose results go to memory, the compiler makes wide instructions, each
// for sixteen digits; a shorter one, or one whose results stay where they are, it would unroll.
#[inline(never)]
fn decode_bytes(first: &[u8; 16], second: &[u8; 16], bytes: &mut [u8; 16]) -> bool {
    let mut digits = [0; 32];
    let (start, end) = digits.split_at_mut(16);
    start.copy_from_slice(first);
    end.copy_from_slice(second);
    let mut valid = true;
    for digit in &mut digits {
        let number = digit.wrapping_sub(b'0');
        // 16 and more from 'g' on, and for whatever stands before 'a'.
        let letter = digit.wrapping_sub(b'a').saturating_add(10);
        *digit = if number < 10 { number } else { letter };
        valid &= *digit < 16;
    }
    if valid {
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = (digits[2 * at] << 4) | digits[2 * at + 1];
        }
    }
    valid
}

/// Decodes 1 to 16 hex digits of either case; `None` for anything else.
pub fn decode_any_case(digits: &[u8]) -> Option<u64> {
    decode_with(&ANY_CASE, digits)
}

/// Writes `value` as sixteen lower-case digits to the start of `out`, and as many as fit if it is
/// shorter.
#[inline]
pub fn encode(value: u64, out: &mut [u8]) {
    match out.first_chunk_mut() {
        Some(place) => encode_bytes(&value.to_be_bytes(), place),
        None => {
            let digits = sixteen(value);
            out.iter_mut()
                .zip(digits)
                .for_each(|(place, digit)| *place = digit);
        }
    }
}

#[inline]
fn sixteen(value: u64) -> [u8; 16] {
    let mut digits = [0; 16];
    encode_bytes(&value.to_be_bytes(), &mut digits);
    digits
}

// From memory to memory, for the same reason as above.
#[inline(never)]
fn encode_bytes(bytes: &[u8; 8], digits: &mut [u8; 16]) {
    let digit = |value: u8| value + b'0' + if value > 9 { b'a' - b'0' - 10 } else { 0 };
    for (at, byte) in bytes.iter().enumerate() {
        digits[2 * at] = digit(byte >> 4);
        digits[2 * at + 1] = digit(byte & 0x0f);
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

    #[inline(never)]
    pub(crate) fn of_128(high: u64, low: u64) -> Self {
        let mut digits = [0; 32];
        let (start, end) = digits.split_at_mut(16);
        encode(high, start);
        encode(low, end);
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
    fn numbers_are_printed_as_the_standard_library_does() {
        let mut value = 1_u64;
        for _ in 0..1000 {
            let text = format!("{value:016x}");
            assert_eq!(sixteen(value), text.as_bytes());
            let mut short = [0; 5];
            encode(value, &mut short);
            assert_eq!(short, text.as_bytes()[..5]);
            assert_eq!(decode(text.as_bytes()), Some(value));
            value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (value >> 7);
        }
        assert_eq!(sixteen(0), [b'0'; 16]);
        assert_eq!(sixteen(u64::MAX), [b'f'; 16]);
    }

    #[test]
    fn all_at_once_are_what_they_are_one_by_one() {
        let other = b"fedcba9876543210";
        let one_by_one = |digits: &[u8; 16]| decode_with(&LOWER, digits);
        for byte in 0..=u8::MAX {
            for at in 0..16 {
                let mut digits = *b"0123456789abcdef";
                digits[at] = byte;
                let value = one_by_one(&digits);
                assert_eq!(decode(&digits), value, "{byte} at {at}");
                let two = value.map(|value| [value, 0xfedc_ba98_7654_3210]);
                assert_eq!(decode_two(&digits, other), two, "{byte} at {at}");
                let two = value.map(|value| [0xfedc_ba98_7654_3210, value]);
                assert_eq!(decode_two(other, &digits), two, "{byte} at {at}");
                let pair = [byte, digits[15]];
                let value = decode_with(&LOWER, &pair).and_then(|value| value.try_into().ok());
                assert_eq!(decode_byte(pair), value, "{pair:?}");
            }
        }
        assert_eq!(decode(b"0123456789abcdef"), Some(0x0123_4567_89ab_cdef));
        assert_eq!(decode(b"ffffffffffffffff"), Some(u64::MAX));
        assert_eq!(decode(b"00000000000000001"), None);
    }
}
