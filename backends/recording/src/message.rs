//! A finished span as one message of compact bytes: so it stands in the queue, and so a recorder
//! collects it, that nothing has to be put together when it ends.
//!
//! A head of numbers, then all texts together, then the places of the tags in them, events and
//! references. Little-endian. What a context carries beside its ids (baggage, trace state) is left
//! out: no exporter sends it.

mod draft;
mod head;
mod read;
mod view;

use tracer_core::{Endpoint, Reference, ReferenceKind, SpanContext, SpanId};

use crate::fields::{FieldList, Fields, LogList, Logs, Piece};
use crate::finished::{ErrorView, FinishedSpan};
pub(crate) use draft::Draft;
pub(crate) use head::{
    ERROR, End, Head, MESSAGE, NAMED, REMOTE_PARENT, SAMPLED, SHARED, Sizes, Text,
};
use head::{HOST, REFERENCE, SERVICE};
pub(crate) use read::lend;
use view::View;

/// What can be written as a message.
pub(crate) trait Entry {
    /// How many bytes it takes.
    fn len(&self) -> usize;

    /// Appends the message.
    fn write(&self, out: &mut Vec<u8>);
}

/// A finished span as its recorder holds it, lent to a [`Reporter`](crate::Reporter).
pub struct Recorded<'a> {
    pub(crate) context: &'a SpanContext,
    /// Closed.
    pub(crate) head: &'a Head,
    /// The tags, and all texts.
    pub(crate) list: &'a FieldList,
    pub(crate) logs: &'a LogList,
    pub(crate) references: &'a [Reference],
}

impl Recorded<'_> {
    /// The span, to be looked at.
    pub fn view(&self) -> FinishedSpan<'_> {
        let parts = Parts {
            head: self.head.view(),
            tags: self.list.view(),
            logs: self.logs.view(),
            references: self.references,
        };
        parts.view(self.context)
    }
}

impl std::fmt::Debug for Recorded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.view().fmt(f)
    }
}

impl Entry for Recorded<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.head.view().len()
    }

    #[inline]
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.head.view().bytes());
        out.extend_from_slice(self.list.bytes());
        out.extend_from_slice(self.list.heads().as_flattened());
        if self.logs.len() > 0 {
            write_logs(out, &self.logs.view());
        }
        if !self.references.is_empty() {
            write_references(out, self.references);
        }
    }
}

#[cold]
fn write_logs(out: &mut Vec<u8>, logs: &Logs<'_>) {
    out.extend_from_slice(logs.fields().texts().as_bytes());
    out.extend_from_slice(logs.marks().as_flattened());
    out.extend_from_slice(logs.fields().heads().as_flattened());
}

#[cold]
fn write_references(out: &mut Vec<u8>, references: &[Reference]) {
    for reference in references {
        let context = &reference.context;
        let codes = [
            u8::from(reference.kind == ReferenceKind::FollowsFrom),
            context.sampling() as u8,
            u8::from(context.is_random()),
        ];
        let [kind, decision, random] = codes;
        let words: [[u8; 8]; REFERENCE] = [
            [kind, decision, random, 0, 0, 0, 0, 0],
            context.trace_id().high().to_le_bytes(),
            context.trace_id().low().to_le_bytes(),
            context.span_id().get().to_le_bytes(),
            context.parent_id().map_or(0, SpanId::get).to_le_bytes(),
        ];
        out.extend_from_slice(words.as_flattened());
    }
}

/// What a view is made of.
struct Parts<'a> {
    head: View<'a>,
    /// The texts beside those of the tags stand in one place with them.
    tags: Fields<'a>,
    logs: Logs<'a>,
    references: &'a [Reference],
}

impl<'a> Parts<'a> {
    /// One of the texts beside those of the tags.
    #[inline]
    fn text(&self, text: Text) -> &'a str {
        let Piece { start, len } = self.head.piece(text);
        let (start, len) = (start as usize, len as usize);
        // Nothing but a damaged message has places outside.
        start
            .checked_add(len)
            .and_then(|end| self.tags.texts().get(start..end))
            .unwrap_or_default()
    }

    // Otherwise it would be handed over in memory, as a span is below.
    #[inline(always)]
    fn endpoint(&self, end: End, service: Text, host: Text) -> Endpoint<'a> {
        let known = self.head.known(end);
        Endpoint {
            service: (known & SERVICE != 0).then(|| self.text(service)),
            host: (known & HOST != 0).then(|| self.text(host)),
            ip: self.head.ip(end),
            port: self.head.port(end),
        }
    }

    #[inline(never)]
    fn remote(&self) -> Endpoint<'a> {
        self.endpoint(End::Remote, Text::RemoteService, Text::RemoteHost)
    }

    #[cold]
    fn error(&self) -> ErrorView<'a> {
        let has_message = self.head.flags() & MESSAGE != 0;
        ErrorView {
            kind: self.text(Text::Error),
            message: has_message.then(|| self.text(Text::Message)),
        }
    }

    #[inline(always)]
    fn view(&self, context: &'a SpanContext) -> FinishedSpan<'a> {
        let head = self.head;
        let flags = head.flags();
        FinishedSpan {
            context,
            shared: flags & SHARED != 0,
            remote_parent: flags & REMOTE_PARENT != 0,
            sampled: flags & SAMPLED != 0,
            kind: head.kind().unwrap_or_default(),
            name: match self.tags.operation() {
                Some(operation) if flags & NAMED == 0 => operation.name(),
                _ => self.text(Text::Name),
            },
            start: head.start(),
            duration: head.duration(),
            error: (flags & ERROR != 0).then(|| self.error()),
            local: self.endpoint(End::Local, Text::LocalService, Text::LocalHost),
            remote: match head.known(End::Remote) {
                0 => Endpoint::default(),
                _ => self.remote(),
            },
            left_out: head.sizes().left_out,
            tags: self.tags,
            logs: self.logs,
            references: self.references,
        }
    }
}

#[cfg(test)]
mod tests;
