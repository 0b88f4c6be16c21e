//! Messages read back.

use tracer_core::{Reference, ReferenceKind, SpanContext};

use super::Parts;
use super::head::WORDS;
use super::view::{View, context};
use crate::fields::{Fields, HEAD as PLACE, Head as Place, Logs, Reader};
use crate::finished::FinishedSpan;

/// A span read back from its bytes.
pub(crate) struct Message<'a> {
    head: View<'a>,
    context: SpanContext,
    tags: Fields<'a>,
    logs: Logs<'a>,
    references: Vec<Reference>,
    /// The bytes that it takes in the queue.
    pub(crate) len: usize,
}

impl<'a> Message<'a> {
    /// Reads the next message; `None` at the end, and on bytes that were not written here.
    pub(crate) fn read(from: &mut Reader<'a>) -> Option<Self> {
        let (words, _) = from.0.as_chunks();
        let head = View(words.first_chunk::<WORDS>()?);
        let len = head.len();
        let mut reader = Reader(from.bytes(len)?);
        reader.bytes(8 * WORDS)?;
        let sizes = head.sizes();
        // All texts at once: to check them one by one would cost more than everything else.
        let texts = std::str::from_utf8(reader.bytes(sizes.texts)?).ok()?;
        let tags = Fields::new(
            head.operation().ok()?,
            places(&mut reader, sizes.tags)?,
            texts,
        );
        let log_texts = std::str::from_utf8(reader.bytes(sizes.log_texts)?).ok()?;
        let marks = places(&mut reader, sizes.logs)?;
        let fields = places(&mut reader, sizes.log_fields)?;
        head.kind()?;
        Some(Self {
            head,
            context: head.context()?,
            tags,
            logs: Logs::new(marks, Fields::new(None, fields, log_texts)),
            references: references(&mut reader, sizes.references)?,
            len,
        })
    }

    /// The span, as it was lent to the reporter.
    pub(crate) fn view(&self) -> FinishedSpan<'_> {
        let parts = Parts {
            head: self.head,
            tags: self.tags,
            logs: self.logs,
            references: &self.references,
        };
        parts.view(&self.context)
    }
}

fn places<'a>(reader: &mut Reader<'a>, count: usize) -> Option<&'a [Place]> {
    let (places, _) = reader.bytes(count.checked_mul(PLACE)?)?.as_chunks();
    Some(places)
}

#[inline]
fn references(reader: &mut Reader<'_>, count: usize) -> Option<Vec<Reference>> {
    if count == 0 {
        return Some(Vec::new());
    }
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
