//! The events of a span.

use tracer_core::Tag;

use super::{FieldList, Fields, HEAD, Head};

/// Events under construction: their fields in one list, and for each its time and where its fields
/// end.
#[derive(Clone, Debug, Default)]
pub(crate) struct LogList {
    marks: Vec<Head>,
    fields: FieldList,
}

/// The events of a span.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Logs<'a> {
    marks: &'a [Head],
    fields: Fields<'a>,
}

impl LogList {
    /// Adds an event.
    pub(crate) fn push<'t>(
        &mut self,
        time: u64,
        fields: impl IntoIterator<Item = Tag<'t>>,
        max_value: usize,
    ) {
        for field in fields {
            self.fields.push(&field, max_value);
        }
        let mut mark = [0; HEAD];
        if let Some(slot) = mark.first_chunk_mut() {
            *slot = time.to_le_bytes();
        }
        if let Some(slot) = mark.last_chunk_mut() {
            *slot = (self.fields.len() as u64).to_le_bytes();
        }
        self.marks.push(mark);
    }

    pub(crate) fn view(&self) -> Logs<'_> {
        Logs::new(&self.marks, self.fields.view())
    }

    pub(crate) const fn len(&self) -> usize {
        self.marks.len()
    }

    /// Bytes of all texts, and how many fields there are.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.fields.bytes().len(), self.fields.len())
    }

    /// Empties it; room for more than so many bytes is given back.
    pub(crate) fn clear(&mut self, kept: usize) {
        self.marks.clear();
        self.marks.shrink_to(kept / HEAD);
        self.fields.clear(0, kept);
    }
}

impl<'a> Logs<'a> {
    pub(crate) const fn new(marks: &'a [Head], fields: Fields<'a>) -> Self {
        Self { marks, fields }
    }

    pub(crate) const fn marks(&self) -> &'a [Head] {
        self.marks
    }

    pub(crate) const fn fields(&self) -> Fields<'a> {
        self.fields
    }

    /// Time and fields of each event.
    pub(crate) fn iter(self) -> impl Iterator<Item = (u64, Fields<'a>)> {
        let word = |bytes: Option<&[u8; 8]>| bytes.copied().map_or(0, u64::from_le_bytes);
        let mut start = 0;
        self.marks.iter().map_while(move |mark| {
            let end = usize::try_from(word(mark.last_chunk())).ok()?;
            let heads = self.fields.heads().get(start..end)?;
            start = end;
            let fields = Fields::new(None, heads, self.fields.texts());
            Some((word(mark.first_chunk()), fields))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_events_took_is_given_back() {
        let mut logs = LogList::default();
        (0..1_000).for_each(|at| logs.push(at, [], 10));
        logs.clear(1_000 * HEAD);
        let ready = logs.marks.capacity();
        logs.clear(1_024);
        let kept = logs.marks.capacity();
        assert!(ready >= 1_000 && kept * HEAD <= 1_024, "{ready}, {kept}");
    }
}
