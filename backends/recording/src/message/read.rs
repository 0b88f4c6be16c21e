//! Messages read back.

use tracer_core::{Reference, ReferenceKind};

use super::as_span;
use super::view::{View, context};
use crate::fields::{Fields, HEAD as PLACE, Head as Place, Logs, Reader};
use crate::finished::FinishedSpan;

/// Lends the span of the next message, as it was lent to the reporter, and the bytes that it takes
/// in the queue. `None` at the end, and on bytes that were not written here.
#[inline]
pub(crate) fn lend<T>(
    from: &mut Reader<'_>,
    to: impl FnOnce(&FinishedSpan<'_>, usize) -> T,
) -> Option<T> {
    let (words, _) = from.0.as_chunks();
    let head = View::read(words)?;
    let len = head.len();
    let mut reader = Reader(from.bytes(len)?);
    reader.bytes(8 * head.words())?;
    let sizes = head.sizes();
    let mut room = Room::default();
    // All texts at once: to check them one by one would cost more than everything else.
    let texts = room.check(reader.bytes(sizes.texts)?)?;
    let tags = Fields::new(
        head.operation().ok()?,
        places(&mut reader, sizes.tags)?,
        texts,
    );
    head.kind()?;
    let context = head.context()?;
    let references;
    let mut span = as_span(head, tags, &context);
    if head.has_more() {
        let log_texts = std::str::from_utf8(reader.bytes(sizes.log_texts)?).ok()?;
        let marks = places(&mut reader, sizes.logs)?;
        let fields = places(&mut reader, sizes.log_fields)?;
        span.logs = Logs::new(marks, Fields::new(None, fields, log_texts));
        references = read_references(&mut reader, sizes.references)?;
        span.references = &references;
    }
    Some(to(&span, len))
}

/// Where short texts are checked: aligned, and filled up, because otherwise their first and last
/// bytes are looked at one by one.
#[derive(Default)]
#[repr(align(16))]
struct Room([[u8; 16]; 4]);

impl Room {
    #[inline]
    fn check<'a>(&'a mut self, text: &'a [u8]) -> Option<&'a str> {
        let len = text.len();
        let room = self.0.as_flattened_mut();
        let Some(part) = room.get_mut(..len) else {
            return std::str::from_utf8(text).ok();
        };
        part.copy_from_slice(text);
        let filled = room.get(..len.next_multiple_of(16))?;
        std::str::from_utf8(filled).ok()?.get(..len)
    }
}

fn places<'a>(reader: &mut Reader<'a>, count: usize) -> Option<&'a [Place]> {
    let (places, _) = reader.bytes(count.checked_mul(PLACE)?)?.as_chunks();
    Some(places)
}

#[cold]
fn read_references(reader: &mut Reader<'_>, count: usize) -> Option<Vec<Reference>> {
    (0..count).map(|_| reference(reader)).collect()
}

fn reference(reader: &mut Reader<'_>) -> Option<Reference> {
    let [kind, decision, random, ..] = reader.array::<8>()?;
    let ids = [reader.u64()?, reader.u64()?, reader.u64()?, reader.u64()?];
    Some(Reference {
        kind: match kind {
            0 => ReferenceKind::ChildOf,
            _ => ReferenceKind::FollowsFrom,
        },
        context: context(ids, decision, random != 0)?,
    })
}
