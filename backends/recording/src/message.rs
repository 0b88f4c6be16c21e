//! A finished span as one message of compact bytes: so it stands in the queue, and so a recorder
//! collects it, that nothing has to be put together when it ends.
//!
//! A head of numbers, then all texts together, then the places of the tags in them, events and
//! references. Little-endian. What a context carries beside its ids (baggage, trace state) is left
//! out: no exporter sends it.

mod draft;
mod head;
mod layout;
mod read;
mod view;

use tracer_core::{Endpoint, Reference, ReferenceKind, SpanContext, SpanId};

use crate::fields::{FieldList, Fields, Logs, Piece, copy};
use crate::finished::{ErrorView, FinishedSpan};
use crate::rare::Rare;
pub(crate) use draft::Draft;
pub(crate) use head::Head;
pub(crate) use layout::{ERROR, End, MESSAGE, NAMED, REMOTE_PARENT, SAMPLED, SHARED, Sizes, Text};
use layout::{HOST, REFERENCE, SERVICE};
pub(crate) use read::lend;
use view::View;

/// What can be written as a message.
pub(crate) trait Entry {
    /// How many bytes it takes.
    fn len(&self) -> usize;

    /// Writes the message into room of just this size.
    fn write(&self, room: &mut [u8]);

    /// Appends the message.
    fn append(&self, out: &mut Vec<u8>) {
        let before = out.len();
        out.resize(before + self.len(), 0);
        if let Some(room) = out.get_mut(before..) {
            self.write(room);
        }
    }
}

/// Writes these bytes; the room behind them comes back.
#[inline]
fn put<'r>(room: &'r mut [u8], bytes: &[u8]) -> &'r mut [u8] {
    match room.split_at_mut_checked(bytes.len()) {
        Some((place, rest)) => {
            copy(place, bytes);
            rest
        }
        None => &mut [],
    }
}

/// A finished span as its recorder holds it, lent to a [`Reporter`](crate::Reporter).
pub struct Recorded<'a> {
    pub(crate) context: &'a SpanContext,
    /// Closed.
    pub(crate) head: &'a Head,
    /// The tags, and all texts.
    pub(crate) list: &'a FieldList,
    pub(crate) rare: Option<&'a Rare>,
    /// As [`FinishedSpan::request`].
    pub(crate) request: u64,
}

impl Recorded<'_> {
    /// The span, to be looked at.
    pub fn view(&self) -> FinishedSpan<'_> {
        let mut span = as_span(self.head.view(), self.list.view(), self.context);
        span.request = self.request;
        match self.rare {
            Some(rare) => FinishedSpan {
                logs: rare.logs.view(),
                references: &rare.references,
                ..span
            },
            None => span,
        }
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
    fn write(&self, room: &mut [u8]) {
        let room = put(room, self.head.bytes());
        let room = put(room, self.list.bytes());
        let room = put(room, self.list.heads().as_flattened());
        if let Some(rare) = self.rare {
            write_rare(room, &rare.logs.view(), &rare.references);
        }
    }
}

/// Events and references.
#[cold]
fn write_rare(room: &mut [u8], logs: &Logs<'_>, references: &[Reference]) {
    let room = put(room, logs.fields().texts().as_bytes());
    let room = put(room, logs.marks().as_flattened());
    let mut room = put(room, logs.fields().heads().as_flattened());
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
        room = put(room, words.as_flattened());
    }
}

/// One of the texts beside those of the tags, which stand in one place with them.
#[inline]
fn text<'a>(head: View<'_>, texts: &'a str, text: Text) -> &'a str {
    let Piece { start, len } = head.piece(text);
    let (start, len) = (start as usize, len as usize);
    // Nothing but a damaged message has places outside.
    start
        .checked_add(len)
        .and_then(|end| texts.get(start..end))
        .unwrap_or_default()
}

// Otherwise it would be handed over in memory, as a span is below.
#[inline(always)]
fn endpoint<'a>(head: View<'_>, texts: &'a str, end: End) -> Endpoint<'a> {
    let (service, host) = match end {
        End::Local => (Text::LocalService, Text::LocalHost),
        End::Remote => (Text::RemoteService, Text::RemoteHost),
    };
    let known = head.known(end);
    Endpoint {
        service: (known & SERVICE != 0).then(|| text(head, texts, service)),
        host: (known & HOST != 0).then(|| text(head, texts, host)),
        ip: head.ip(end),
        port: head.port(end),
    }
}

#[inline(never)]
fn remote<'a>(head: View<'_>, texts: &'a str) -> Endpoint<'a> {
    endpoint(head, texts, End::Remote)
}

#[cold]
fn error<'a>(head: View<'_>, texts: &'a str) -> ErrorView<'a> {
    let has_message = head.flags() & MESSAGE != 0;
    ErrorView {
        kind: text(head, texts, Text::Error),
        message: has_message.then(|| text(head, texts, Text::Message)),
    }
}

/// A span without its events and references.
#[inline(always)]
fn as_span<'a>(head: View<'_>, tags: Fields<'a>, context: &'a SpanContext) -> FinishedSpan<'a> {
    let (flags, texts) = (head.flags(), tags.texts());
    let mut span = FinishedSpan {
        context,
        shared: flags & SHARED != 0,
        remote_parent: flags & REMOTE_PARENT != 0,
        sampled: flags & SAMPLED != 0,
        kind: head.kind().unwrap_or_default(),
        name: match tags.operation() {
            Some(operation) if flags & NAMED == 0 => operation.name(),
            _ => text(head, texts, Text::Name),
        },
        start: head.start(),
        duration: head.duration(),
        error: None,
        local: endpoint(head, texts, End::Local),
        remote: Endpoint::default(),
        left_out: head.left_out(),
        tags,
        logs: Logs::default(),
        references: &[],
        request: 0,
    };
    // Few spans have these: they are put where the others have nothing.
    if head.known(End::Remote) != 0 {
        span.remote = remote(head, texts);
    }
    if flags & ERROR != 0 {
        span.error = Some(error(head, texts));
    }
    span
}

#[cfg(test)]
mod tests;
