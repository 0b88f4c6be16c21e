//! Texts under construction.

use std::fmt::{self, Write};

/// Short texts one behind the other. A `String` would ask for room with every one of them and copy
/// each by a call of its own, which costs more than the copy.
#[derive(Clone, Default)]
pub(super) struct Buffer {
    /// All room that there is; behind `len` it is empty.
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The text from here on, so many bytes.
    pub(super) fn get(&self, start: usize, len: usize) -> Option<&str> {
        let bytes = self.as_bytes().get(start..start.checked_add(len)?)?;
        std::str::from_utf8(bytes).ok()
    }

    /// Keeps the first so many bytes, which end a text.
    #[inline]
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Gives room for more than so many bytes back.
    pub(super) fn shrink(&mut self, kept: usize) {
        let kept = kept.max(self.len);
        self.bytes.truncate(kept);
        self.bytes.shrink_to(kept);
    }

    /// Appends a text.
    #[inline]
    pub(super) fn push(&mut self, text: &str) {
        let end = self.len + text.len();
        match self.bytes.get_mut(self.len..end) {
            Some(room) => copy(room, text.as_bytes()),
            None => {
                self.grow(end);
                if let Some(room) = self.bytes.get_mut(self.len..end) {
                    room.copy_from_slice(text.as_bytes());
                }
            }
        }
        self.len = end;
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, len: usize) {
        self.bytes.resize(len.next_power_of_two().max(256), 0);
    }
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// As `copy_from_slice` of slices of one length, without a call for what is short: the two ends of
/// it, which may overlap.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    #[inline]
    fn ends<const N: usize>(to: &mut [u8], from: &[u8]) {
        if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
            if let Some(to) = to.first_chunk_mut::<N>() {
                *to = *first;
            }
            if let Some(to) = to.last_chunk_mut::<N>() {
                *to = *last;
            }
        }
    }
    let len = from.len();
    if len >= 8 {
        if len <= 16 {
            ends::<8>(to, from);
        } else if len <= 32 {
            ends::<16>(to, from);
        } else {
            to.copy_from_slice(from);
        }
    } else if len >= 4 {
        ends::<4>(to, from);
    } else if len >= 2 {
        ends::<2>(to, from);
    } else {
        ends::<1>(to, from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_follow_each_other() {
        let long = "0123456789äöü".repeat(40);
        let mut buffer = Buffer::default();
        let mut all = String::new();
        for end in (0..long.len()).filter(|end| long.is_char_boundary(*end)) {
            let text = &long[..end];
            for text in [text, "|", text] {
                buffer.push(text);
            }
            all += &format!("{text}|{text}");
            assert_eq!(buffer.len(), all.len());
        }
        assert_eq!(buffer.as_str(), all);
        assert_eq!(buffer.get(0, 4), Some("|0|0"));
        assert_eq!(buffer.get(0, all.len() + 1), None);
        buffer.truncate(3);
        buffer.shrink(8);
        buffer.push("x");
        assert_eq!((buffer.as_str(), buffer.capacity() < 300), ("|0|x", true));
    }
}
