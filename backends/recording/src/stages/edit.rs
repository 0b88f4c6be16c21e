//! A finished span that can be changed.

use tracer_core::{Endpoint, Key, Tag, Value};

use crate::fields::{FieldList, Fields, LogList};
use crate::finished::{ErrorView, FinishedSpan, OwnedEndpoint};
use crate::limits::SpanLimits;

/// A finished span on its way to a reporter. What is not changed is not copied.
#[derive(Debug)]
pub struct SpanEdit<'a> {
    span: FinishedSpan<'a>,
    name: Option<String>,
    tags: Option<FieldList>,
    logs: Option<LogList>,
    error: Option<Failure>,
    remote: Option<OwnedEndpoint>,
}

#[derive(Debug)]
enum Failure {
    None,
    Of(String, Option<String>),
}

impl<'a> SpanEdit<'a> {
    pub(super) const fn new(span: FinishedSpan<'a>) -> Self {
        Self {
            span,
            name: None,
            tags: None,
            logs: None,
            error: None,
            remote: None,
        }
    }

    /// The span as it stands now.
    pub fn view(&self) -> FinishedSpan<'_> {
        let mut view = self.span;
        if let Some(name) = &self.name {
            view.name = name;
        }
        if let Some(tags) = &self.tags {
            view.tags = tags.view();
        }
        if let Some(logs) = &self.logs {
            view.logs = logs.view();
        }
        if let Some(failure) = &self.error {
            view.error = failure.view();
        }
        if let Some(remote) = &self.remote {
            view.remote = remote.as_endpoint();
        }
        view
    }

    /// Replaces the name.
    pub fn set_name(&mut self, name: impl Into<String>) {
        self.name = Some(name.into());
    }

    /// Sets a tag, in the place of one with this key. Text is cut at 4,096 bytes.
    pub fn set_tag<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        let tag = Tag {
            key: Key::text(key),
            value: value.into(),
        };
        let mut tags = self.kept_tags(|other| other != key);
        tags.push(&tag, SpanLimits::default().value_bytes);
        self.tags = Some(tags);
    }

    /// Takes a tag away.
    pub fn remove_tag(&mut self, key: &str) {
        self.retain_tags(|other| other != key);
    }

    /// Takes away all tags but those whose keys are wanted.
    pub fn retain_tags(&mut self, wanted: impl Fn(&str) -> bool) {
        self.tags = Some(self.kept_tags(wanted));
    }

    /// Takes all events away.
    pub fn clear_logs(&mut self) {
        self.logs = Some(LogList::default());
    }

    /// Sets what went wrong.
    pub fn set_error(&mut self, kind: impl Into<String>, message: Option<&str>) {
        self.error = Some(Failure::Of(kind.into(), message.map(str::to_owned)));
    }

    /// The span has not failed.
    pub fn clear_error(&mut self) {
        self.error = Some(Failure::None);
    }

    /// Replaces the other side.
    pub fn set_remote(&mut self, remote: Endpoint<'_>) {
        self.remote = Some(OwnedEndpoint::of(remote));
    }

    /// Shows every text to `replace`, with its key: tags, fields of events, and the message of the
    /// error under the key `error`. What it returns takes the text's place.
    pub fn redact(&mut self, mut replace: impl FnMut(&str, &str) -> Option<String>) {
        let view = self.view();
        let tags = redacted(view.tags, &mut replace);
        let mut any = false;
        let mut logs = LogList::default();
        for log in view.logs() {
            let fields = redacted(log.fields, &mut replace);
            any |= fields.is_some();
            let fields = fields.as_ref().map_or(log.fields, FieldList::view);
            logs.push(log.time, fields.iter(), usize::MAX);
        }
        let error = view.error.and_then(|error| {
            let message = replace("error", error.message?)?;
            Some(Failure::Of(error.kind.to_owned(), Some(message)))
        });
        self.tags = tags.or(self.tags.take());
        self.logs = any.then_some(logs).or(self.logs.take());
        self.error = error.or(self.error.take());
    }

    fn kept_tags(&self, keep: impl Fn(&str) -> bool) -> FieldList {
        let mut kept = FieldList::default();
        for tag in self.view().tags.iter().filter(|tag| keep(&tag.key)) {
            kept.push(&tag, usize::MAX);
        }
        kept
    }
}

impl Failure {
    fn view(&self) -> Option<ErrorView<'_>> {
        match self {
            Self::None => None,
            Self::Of(kind, message) => Some(ErrorView {
                kind,
                message: message.as_deref(),
            }),
        }
    }
}

/// The fields with their replacements; `None` if there are none.
fn redacted(
    of: Fields<'_>,
    replace: &mut impl FnMut(&str, &str) -> Option<String>,
) -> Option<FieldList> {
    let mut any = false;
    let mut out = FieldList::default();
    for tag in of.iter() {
        let replaced = match tag.value {
            Value::Str(text) => replace(&tag.key, text),
            _ => None,
        };
        any |= replaced.is_some();
        let value = replaced.as_deref().map_or(tag.value, Value::Str);
        let tag = Tag {
            key: tag.key,
            value,
        };
        out.push(&tag, usize::MAX);
    }
    any.then_some(out)
}
