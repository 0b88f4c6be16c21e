//! A finished span that can be changed.

use tracer_core::{Endpoint, Tag, Value};

use crate::fields::{self, Fields};
use crate::finished::{ErrorView, FinishedSpan, OwnedEndpoint};
use crate::limits::SpanLimits;

/// A finished span on its way to a reporter. What is not changed is not copied.
#[derive(Debug)]
pub struct SpanEdit<'a> {
    span: FinishedSpan<'a>,
    name: Option<String>,
    tags: Option<Vec<u8>>,
    logs: Option<Vec<u8>>,
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
            view.tags = Fields::new(tags);
        }
        if let Some(logs) = &self.logs {
            view.logs = logs;
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
            key,
            value: value.into(),
        };
        let mut tags = self.kept_tags(|other| other != key);
        fields::push(&mut tags, &tag, SpanLimits::default().value_bytes);
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
        self.logs = Some(Vec::new());
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
        let mut logs = Vec::new();
        for log in view.logs() {
            let fields = redacted(log.fields, &mut replace);
            any |= fields.is_some();
            let fields = fields.as_deref().unwrap_or(log.fields.as_bytes());
            logs.extend_from_slice(&log.time.to_le_bytes());
            logs.extend_from_slice(&(fields.len() as u32).to_le_bytes());
            logs.extend_from_slice(fields);
        }
        let error = view.error.and_then(|error| {
            let message = replace("error", error.message?)?;
            Some(Failure::Of(error.kind.to_owned(), Some(message)))
        });
        self.tags = tags.or(self.tags.take());
        self.logs = any.then_some(logs).or(self.logs.take());
        self.error = error.or(self.error.take());
    }

    fn kept_tags(&self, keep: impl Fn(&str) -> bool) -> Vec<u8> {
        let mut kept = Vec::new();
        for tag in self.view().tags.iter().filter(|tag| keep(tag.key)) {
            fields::push(&mut kept, &tag, usize::MAX);
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
) -> Option<Vec<u8>> {
    let mut any = false;
    let mut out = Vec::new();
    for tag in of.iter() {
        let replaced = match tag.value {
            Value::Str(text) => replace(tag.key, text),
            _ => None,
        };
        any |= replaced.is_some();
        let value = replaced.as_deref().map_or(tag.value, Value::Str);
        let tag = Tag {
            key: tag.key,
            value,
        };
        fields::push(&mut out, &tag, usize::MAX);
    }
    any.then_some(out)
}
