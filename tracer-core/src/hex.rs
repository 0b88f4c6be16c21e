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
    decode_with(&LOWER, digits)
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
