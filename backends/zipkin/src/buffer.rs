//! Bytes under construction.

/// Short pieces one behind the other, written into the room that there is. Whether it was enough is
/// asked once for all pieces of an [entry](Self::write), which otherwise is written again with more:
/// to ask with every piece, as a `Vec` does, costs more than most pieces.
#[derive(Default)]
pub(crate) struct Buffer {
    /// All room that there is; what stands behind `len` means nothing.
    bytes: Vec<u8>,
    len: usize,
    /// Some piece found no room.
    short: bool,
}

/// An entry is likely shorter.
const ROOM: usize = 1024;

impl Buffer {
    /// Lets `write` append an entry to `out`.
    pub(crate) fn append(out: &mut Vec<u8>, write: impl FnMut(&mut Self)) {
        let mut buffer = Self {
            len: out.len(),
            bytes: std::mem::take(out),
            short: false,
        };
        buffer.bytes.resize(buffer.len + ROOM, 0);
        buffer.write(write);
        buffer.bytes.truncate(buffer.len);
        *out = buffer.bytes;
    }

    /// Lets `write` append an entry, again and again until there is room for it.
    #[inline]
    pub(crate) fn write(&mut self, mut write: impl FnMut(&mut Self)) {
        let start = self.len;
        loop {
            write(self);
            if !self.short {
                return;
            }
            self.grow();
            self.len = start;
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self) {
        self.bytes.resize(self.bytes.len() * 2 + ROOM, 0);
        self.short = false;
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Takes back what was appended since it had this length.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Lends room for so many bytes to `write`, which fills it.
    #[inline]
    pub(crate) fn lend(&mut self, len: usize, write: impl FnOnce(&mut [u8])) {
        if let Some(rest) = self.bytes.get_mut(self.len..)
            && let Some(room) = rest.get_mut(..len)
        {
            write(room);
            self.len += len;
        } else {
            self.short = true;
        }
    }

    /// Lends room for `N` bytes to `write`, which says how many it has used.
    #[inline]
    pub(crate) fn fill<const N: usize>(&mut self, write: impl FnOnce(&mut [u8; N]) -> usize) {
        if let Some(rest) = self.bytes.get_mut(self.len..)
            && let Some(room) = rest.first_chunk_mut()
        {
            self.len += write(room);
        } else {
            self.short = true;
        }
    }

    /// Appends bytes of a length that is known beforehand.
    #[inline]
    pub(crate) fn put<const N: usize>(&mut self, bytes: &[u8; N]) {
        self.fill::<N>(|room| {
            *room = *bytes;
            N
        });
    }

    /// Appends a piece.
    #[inline]
    pub(crate) fn put_piece(&mut self, piece: &Piece) {
        self.fill(|room| {
            *room = piece.bytes;
            usize::from(piece.len)
        });
    }

    /// Appends a piece whose second byte is a length, and its last another one: that of the text
    /// that follows, which the first one counts too.
    #[inline]
    pub(crate) fn put_entry(&mut self, piece: &Piece, text: u8) {
        self.fill(|room: &mut [u8; PIECE]| {
            *room = piece.bytes;
            let len = usize::from(piece.len);
            let [_, outer, ..] = room;
            *outer = (piece.len - 2).saturating_add(text);
            if let Some(inner) = room.get_mut(len.wrapping_sub(1)) {
                *inner = text;
            }
            len
        });
    }

    /// Appends bytes.
    #[inline]
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.lend(bytes.len(), |room| room.copy_from_slice(bytes));
    }

    /// Appends bytes that are likely few: without a call.
    #[inline]
    pub(crate) fn push_short(&mut self, bytes: &[u8]) {
        match bytes.len() {
            8..=16 => self.push_ends::<8>(bytes),
            17..=32 => self.push_ends::<16>(bytes),
            4..=7 => self.push_ends::<4>(bytes),
            2..=3 => self.push_ends::<2>(bytes),
            1 => self.push_ends::<1>(bytes),
            0 => {}
            _ => self.push(bytes),
        }
    }

    /// Appends `N` to `2 * N` bytes: their two ends, which may overlap.
    #[inline]
    pub(crate) fn push_ends<const N: usize>(&mut self, bytes: &[u8]) {
        let (first, last) = (bytes.first_chunk::<N>(), bytes.last_chunk::<N>());
        self.lend(bytes.len(), |room| {
            if let (Some(room), Some(first)) = (room.first_chunk_mut(), first) {
                *room = *first;
            }
            if let (Some(room), Some(last)) = (room.last_chunk_mut(), last) {
                *room = *last;
            }
        });
    }

    /// Replaces what stands at a place.
    #[inline]
    pub(crate) fn patch<const N: usize>(&mut self, at: usize, bytes: [u8; N]) {
        if let Some(old) = self.bytes.get_mut(at..)
            && let Some(old) = old.first_chunk_mut()
        {
            *old = bytes;
        }
    }

    /// Replaces so many bytes at a place, by more or by fewer.
    pub(crate) fn replace(&mut self, at: usize, old: usize, bytes: &[u8]) {
        let moved = self.bytes.get(at + old..self.len).map(<[u8]>::to_vec);
        self.truncate(at);
        self.push(bytes);
        self.push(&moved.unwrap_or_default());
    }
}

/// A short constant. It is copied with all that stands behind it, which costs less than to ask how
/// long it is.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    bytes: [u8; PIECE],
    len: u8,
}

const PIECE: usize = 32;

impl Piece {
    /// Bytes of the longest piece.
    pub(crate) const MOST: usize = PIECE;

    /// These parts, which are no longer than a piece: for constants.
    pub(crate) const fn of(parts: [&[u8]; 3]) -> Self {
        let (mut bytes, mut len) = ([0; PIECE], 0);
        let mut at = 0;
        while at < parts.len() {
            let mut from = 0;
            while from < parts[at].len() {
                bytes[len] = parts[at][from];
                (len, from) = (len + 1, from + 1);
            }
            at += 1;
        }
        Self {
            bytes,
            len: len as u8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_any_length_follow_each_other() {
        let (mut buffer, mut all) = (Buffer::default(), Vec::new());
        for len in 0..200 {
            let bytes = vec![len as u8; len];
            buffer.write(|buffer| {
                buffer.push(&bytes);
                buffer.push_short(&bytes);
                buffer.put(b"piece");
                buffer.put_piece(&Piece::of([b"a", b"", b"bc"]));
            });
            all.extend([&bytes[..], &bytes, b"pieceabc"].concat());
            assert_eq!((buffer.as_bytes(), buffer.len()), (&all[..], all.len()));
        }
        buffer.truncate(8);
        assert_eq!(buffer.as_bytes(), b"pieceabc");
        buffer.patch(1, *b"xy");
        assert_eq!(buffer.as_bytes(), b"pxyceabc");
        buffer.replace(3, 1, b"123");
        assert_eq!(buffer.as_bytes(), b"pxy123eabc");
    }

    #[test]
    fn an_entry_without_room_is_written_again() {
        let mut out = b"before".to_vec();
        let mut times = 0;
        Buffer::append(&mut out, |buffer| {
            times += 1;
            buffer.put(b"<");
            (0..3000).for_each(|_| buffer.put(b"x"));
            buffer.put(b">");
            assert_eq!(buffer.short, times == 1);
        });
        assert_eq!(out, format!("before<{}>", "x".repeat(3000)).as_bytes());
    }
}
