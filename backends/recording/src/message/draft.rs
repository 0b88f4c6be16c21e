//! The message of a span that did not come from a recorder, or was changed on its way.

use tracer_core::Endpoint;

use super::head::Head;
use super::layout::{ERROR, End, MESSAGE, NAMED, REMOTE_PARENT, SAMPLED, SHARED, Sizes, Text};
use super::{Entry, put, write_rare};
use crate::fields::Piece;
use crate::finished::FinishedSpan;

/// A span, and the head of its message.
pub(crate) struct Draft<'a> {
    span: &'a FinishedSpan<'a>,
    head: Head,
}

impl<'a> Draft<'a> {
    pub(crate) fn of(span: &'a FinishedSpan<'a>) -> Self {
        let mut head = Head::default();
        head.set_context(span.context);
        head.flag(SHARED, span.shared);
        head.flag(REMOTE_PARENT, span.remote_parent);
        head.flag(SAMPLED, span.sampled);
        head.flag(ERROR, span.error.is_some());
        head.flag(MESSAGE, span.error.is_some_and(|e| e.message.is_some()));
        let (tags, logs) = (span.tags, span.logs.fields());
        // The texts of the tags first, then those that are no tag's.
        let mut texts = tags.texts().len();
        for (name, text) in texts_of(span) {
            if let Some(text) = text {
                let (start, len) = (texts as u32, text.len() as u32);
                head.set_text(name, Piece { start, len });
                texts += text.len();
            }
        }
        set_address(&mut head, End::Local, &span.local);
        set_address(&mut head, End::Remote, &span.remote);
        let sizes = Sizes {
            left_out: span.left_out,
            texts,
            tags: tags.heads().len(),
            log_texts: logs.texts().len(),
            logs: span.logs.marks().len(),
            log_fields: logs.heads().len(),
            references: span.references.len(),
        };
        let times = [span.start, span.duration];
        let operation = span.tags.operation();
        head.flag(NAMED, !has_common_name(span));
        head.close(span.kind, span.context.sampling(), times, operation, &sizes);
        Self { span, head }
    }
}

fn set_address(head: &mut Head, end: End, endpoint: &Endpoint<'_>) {
    if let Some(ip) = endpoint.ip {
        head.set_ip(end, ip);
    }
    if let Some(port) = endpoint.port {
        head.set_port(end, port);
    }
}

/// True if the name is the operation's, and not only equal to it.
fn has_common_name(span: &FinishedSpan<'_>) -> bool {
    let operation = span.tags.operation();
    operation.is_some_and(|operation| std::ptr::eq(operation.name(), span.name))
}

fn texts_of<'a>(span: &FinishedSpan<'a>) -> [(Text, Option<&'a str>); 7] {
    let error = span.error;
    [
        (Text::Name, (!has_common_name(span)).then_some(span.name)),
        (Text::Error, error.map(|error| error.kind)),
        (Text::Message, error.and_then(|error| error.message)),
        (Text::LocalService, span.local.service),
        (Text::LocalHost, span.local.host),
        (Text::RemoteService, span.remote.service),
        (Text::RemoteHost, span.remote.host),
    ]
}

impl Entry for Draft<'_> {
    fn len(&self) -> usize {
        self.head.view().len()
    }

    fn write(&self, room: &mut [u8]) {
        let span = self.span;
        let room = put(room, self.head.bytes());
        let mut room = put(room, span.tags.texts().as_bytes());
        for (_, text) in texts_of(span) {
            room = put(room, text.unwrap_or_default().as_bytes());
        }
        let room = put(room, span.tags.heads().as_flattened());
        write_rare(room, &span.logs, span.references);
    }
}
