//! Ids, all digits at once, written where they are to stand: fewer instructions than the core's, which
//! are made in registers because they are read again at once.

use tracer_core::SpanId;
use tracer_recording::FinishedSpan;

use crate::buffer::Buffer;

/// The opening of the object and the ids, but for the last quote.
#[inline]
pub(super) fn ids(out: &mut Buffer, span: &FinishedSpan<'_>) {
    let (trace, parent) = (span.trace_id(), span.parent_id().map(SpanId::get));
    let (low, id) = (trace.low(), span.span_id().get());
    match (trace.high(), parent) {
        (0, None) => {
            let text = b"{\"traceId\":\"................\",\"id\":\"................";
            fill(out, text, [(12, low), (36, id)]);
        }
        (0, Some(parent)) => {
            let text = b"{\"traceId\":\"................\",\"parentId\":\"................\
                \",\"id\":\"................";
            fill(out, text, [(12, low), (42, parent), (66, id)]);
        }
        (high, None) => {
            let text = b"{\"traceId\":\"................................\
                \",\"id\":\"................";
            fill(out, text, [(12, high), (28, low), (52, id)]);
        }
        (high, Some(parent)) => {
            let text = b"{\"traceId\":\"................................\
                \",\"parentId\":\"................\",\"id\":\"................";
            fill(out, text, [(12, high), (28, low), (58, parent), (82, id)]);
        }
    }
}

/// Appends a text, with ids at some places of it.
#[inline(always)]
fn fill<const N: usize, const IDS: usize>(
    out: &mut Buffer,
    text: &[u8; N],
    ids: [(usize, u64); IDS],
) {
    out.fill(|room| {
        *room = *text;
        for (at, id) in ids {
            put(room, at, id);
        }
        N
    });
}

/// Writes an id as sixteen digits to this place, if there is one.
#[inline]
fn put(room: &mut [u8], at: usize, id: u64) {
    if let Some(room) = room.get_mut(at..)
        && let Some(room) = room.first_chunk_mut::<16>()
    {
        let (halves, _) = room.as_chunks_mut();
        for (half, digits) in halves.iter_mut().zip(digits(id)) {
            *half = digits.to_le_bytes();
        }
    }
}

const ONES: u64 = u64::from_le_bytes([1; 8]);

/// The digits, the first in the lowest byte. Both halves in the same steps, which the compiler takes
/// for both at a time.
#[inline]
fn digits(id: u64) -> [u64; 2] {
    let id = id.swap_bytes();
    [id & 0xffff_ffff, id >> 32].map(|bytes| {
        let pairs = (bytes | bytes << 16) & 0x0000_ffff_0000_ffff;
        let bytes = (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff;
        let values = (bytes >> 4 | bytes << 8) & (0x0f * ONES);
        let letters = ((values + 6 * ONES) >> 4) & ONES;
        // All bits of each letter's byte.
        let letters = (letters << 8).wrapping_sub(letters);
        values + u64::from(b'0') * ONES + (letters & (u64::from(b'a' - b'0' - 10) * ONES))
    })
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
