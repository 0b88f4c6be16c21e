//! Texts and bytes.

use std::fmt::{self, Write};

use crate::guard::guarded;

/// Appends what `value` prints, cut at `max` bytes on a character boundary; of one that panics, what it
/// had printed by then.
#[cold]
pub(super) fn print(out: &mut dyn Write, value: &dyn fmt::Display, max: usize) {
    struct Limited<'a> {
        out: &'a mut dyn Write,
        left: usize,
    }
    impl Write for Limited<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let part = cut(text, self.left);
            self.out.write_str(part)?;
            // A cut ends the text: nothing may follow behind the gap.
            self.left = if part.len() < text.len() {
                0
            } else {
                self.left - part.len()
            };
            if self.left == 0 {
                Err(fmt::Error)
            } else {
                Ok(())
            }
        }
    }
    // The error only says that the limit was reached, or that the value could not print itself.
    let _ = guarded(|| write!(Limited { out, left: max }, "{value}"));
}

/// The same as a text of its own.
pub(crate) fn printed(value: &dyn fmt::Display, max: usize) -> String {
    let mut text = String::new();
    print(&mut text, value, max);
    text
}

/// The longest start of `text` with at most `max` bytes that ends on a character boundary.
#[inline]
pub(crate) fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        text
    } else {
        cut_long(text, max)
    }
}

/// The same for what a span is found by: limits of values do not cut it below so many bytes.
#[inline]
pub(crate) fn cut_name(text: &str, max: usize) -> &str {
    if text.len() <= max {
        text
    } else {
        cut_long(text, max.max(NAME))
    }
}

const NAME: usize = 256;

#[cold]
fn cut_long(text: &str, max: usize) -> &str {
    let end = (0..=max)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// A reader over bytes written here. Damaged input ends the walk; it never panics.
#[derive(Clone, Copy, Default)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    pub(crate) fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    #[inline]
    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}
