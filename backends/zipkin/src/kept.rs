//! What an exporter has written before and will write again.

use tracer_core::Operation;
use tracer_core::conventions::Known;
use tracer_recording::FinishedSpan;

use crate::buffer::Buffer;
use crate::local::Local;

/// Pieces of spans, kept as they are written for as long as encoding and names of tags stay the
/// same.
#[derive(Default)]
pub(crate) struct Kept {
    local: Local,
    /// By number: never more than a process may have.
    operations: Vec<Option<Ready>>,
}

/// What the spans of one operation have in common, as it is written.
pub(crate) struct Ready {
    pub(crate) name: Vec<u8>,
    /// Nothing if what is written depends on the rest of the span.
    pub(crate) tags: Option<Vec<u8>>,
}

/// What a span has in common with the others of its operation.
#[derive(Clone, Copy)]
pub(crate) struct Common<'a> {
    operation: Option<&'static Operation>,
    ready: Option<&'a Ready>,
}

/// Tags of an operation.
#[derive(Clone, Copy)]
pub(crate) enum CommonTags<'a> {
    /// As they are written.
    Written(&'a [u8]),
    /// As they were recorded.
    Recorded(&'static [(Known, &'static str)]),
}

impl Kept {
    /// The local endpoint, and what spans of an operation have in common: `make` writes it when the
    /// first of them comes.
    #[inline]
    pub(crate) fn parts(
        &mut self,
        operation: Option<&'static Operation>,
        make: impl FnOnce(&'static Operation) -> Ready,
    ) -> (Option<&mut Local>, Common<'_>) {
        let Self { local, operations } = self;
        let mut common = Common::told(operation);
        if let Some(operation) = operation {
            let number = usize::from(operation.number());
            if !matches!(operations.get(number), Some(Some(_))) {
                keep(operations, number, make(operation));
            }
            common.ready = operations.get(number).and_then(Option::as_ref);
        }
        (Some(local), common)
    }
}

#[cold]
fn keep(operations: &mut Vec<Option<Ready>>, number: usize, ready: Ready) {
    if operations.len() <= number {
        operations.resize_with(number + 1, || None);
    }
    if let Some(place) = operations.get_mut(number) {
        *place = Some(ready);
    }
}

/// What `write` appends, alone.
pub(crate) fn written(write: impl FnMut(&mut Buffer)) -> Vec<u8> {
    let mut out = Vec::new();
    Buffer::append(&mut out, write);
    out.shrink_to_fit();
    out
}

impl<'a> Common<'a> {
    /// Nothing of it was written before.
    pub(crate) const fn told(operation: Option<&'static Operation>) -> Self {
        Self {
            operation,
            ready: None,
        }
    }

    /// The name as it is written, if the span has that of its operation.
    #[inline]
    pub(crate) fn name(self, span: &FinishedSpan<'_>) -> Option<&'a [u8]> {
        let operation = self.operation?;
        let ready = self.ready?;
        std::ptr::eq(operation.name(), span.name).then_some(&ready.name)
    }

    /// The tags, if none of them was overwritten.
    #[inline]
    pub(crate) fn tags(self) -> CommonTags<'a> {
        match self.ready.and_then(|ready| ready.tags.as_deref()) {
            Some(written) => CommonTags::Written(written),
            None => CommonTags::Recorded(self.operation.map_or(&[], Operation::tags)),
        }
    }
}
