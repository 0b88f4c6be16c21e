//! Ids, by a table of the digits of each byte, written where they are to stand: half as many
//! instructions as the core's, which are made in registers because they are read again at once.

static PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < pairs.len() {
        pairs[byte] = [digits[byte >> 4], digits[byte & 0x0f]];
        byte += 1;
    }
    pairs
};

/// Writes an id as sixteen digits to this place, if there is one.
#[inline]
pub(super) fn put(room: &mut [u8], at: usize, id: u64) {
    if let Some(room) = room.get_mut(at..)
        && let Some(room) = room.first_chunk_mut::<16>()
    {
        let (pairs, _) = room.as_chunks_mut();
        for (pair, byte) in pairs.iter_mut().zip(id.to_be_bytes()) {
            if let Some(digits) = PAIRS.get(usize::from(byte)) {
                *pair = *digits;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_they_print() {
        for byte in 0..=u8::MAX {
            let id = u64::from_be_bytes([byte, 1, 0x9a, !byte, 0, byte, 0xff, byte]);
            let mut room = [b'.'; 18];
            put(&mut room, 1, id);
            assert_eq!(room.as_slice(), format!(".{id:016x}.").as_bytes());
        }
        put(&mut [0; 18], 3, 1);
    }
}
