//! Ids, written where they are to stand.

use tracer_core::{SpanId, hex};
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
        && room.len() >= 16
    {
        hex::encode(id, room);
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
