//! What a log says in one line.

use std::fmt;

use tracer_recording::{Fields, FinishedSpan};

/// One annotation; prints its value: the event's name if there is nothing else to say, otherwise
/// every field as `k=v`.
pub(crate) struct Annotation<'a> {
    /// Microseconds since the epoch.
    pub(crate) timestamp: u64,
    fields: Fields<'a>,
}

impl<'a> Annotation<'a> {
    /// The annotations of a span. Logs without fields say nothing and are none.
    pub(crate) fn of(span: &FinishedSpan<'a>) -> impl Iterator<Item = Self> + use<'a> {
        span.logs()
            .filter(|log| !log.fields.is_empty())
            .map(|log| Self {
                timestamp: log.time / 1_000,
                fields: log.fields,
            })
    }
}

impl fmt::Display for Annotation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut entries = self.fields.iter();
        match (entries.next(), entries.next()) {
            (Some(event), None) if event.key == "event" => event.value.fmt(f),
            _ => self.fields.iter().enumerate().try_for_each(|(at, field)| {
                let space = if at == 0 { "" } else { " " };
                write!(f, "{space}{}={}", field.key, field.value)
            }),
        }
    }
}
