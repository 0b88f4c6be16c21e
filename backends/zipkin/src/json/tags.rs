//! Which tags a span gets, and under which names.

use std::fmt;

use tracer_core::conventions::{self as names, Action, Conventions};
use tracer_core::{Kind, Reference, Value};
use tracer_recording::{Fields, FinishedSpan};

use super::text::{printed, string};

/// Appends the member `tags`, if there is one to write.
pub(super) fn write(out: &mut Vec<u8>, span: &FinishedSpan<'_>, conventions: &Conventions) {
    let before = out.len();
    out.extend_from_slice(b",\"tags\":{");
    let mut tags = Writer {
        out,
        all: span.tags(),
        first: true,
    };
    for tag in span.tags().iter() {
        if !is_ours(tag.key, span) {
            tags.named(tag.key, tag.value, conventions);
        }
    }
    tags.failed_call(conventions);
    tags.fields_of(span);
    if tags.first {
        out.truncate(before);
    } else {
        out.push(b'}');
    }
}

/// True for a tag that is a field of the span or that is written from one.
fn is_ours(key: &str, span: &FinishedSpan<'_>) -> bool {
    match key {
        names::SPAN_KIND | names::ERROR => true,
        names::ERROR_KIND => message(span).is_some(),
        names::DROPPED => span.left_out > 0,
        names::LINK_TRACE_ID | names::LINK_SPAN_ID => !span.references().is_empty(),
        names::PEER_HOSTNAME => kept_host(span).is_some(),
        _ => false,
    }
}

/// What the span's error said, if it said something.
fn message<'a>(span: &FinishedSpan<'a>) -> Option<&'a str> {
    span.error?.message.filter(|message| !message.is_empty())
}

/// The peer's host name, where the remote endpoint does not say it.
fn kept_host<'a>(span: &FinishedSpan<'a>) -> Option<&'a str> {
    let host = span.remote.host.filter(|host| !host.is_empty())?;
    (super::peer_name(span) != Some(host) || span.kind == Kind::Server).then_some(host)
}

struct Writer<'a> {
    out: &'a mut Vec<u8>,
    all: Fields<'a>,
    first: bool,
}

impl Writer<'_> {
    fn key(&mut self, key: &str) {
        super::next(self.out, &mut self.first);
        string(self.out, key);
        self.out.push(b':');
    }

    fn text(&mut self, key: &str, value: &str) {
        self.key(key);
        string(self.out, value);
    }

    fn value(&mut self, key: &str, value: Value<'_>) {
        match value {
            Value::Str(text) => self.text(key, text),
            other => self.print(key, &other),
        }
    }

    fn print(&mut self, key: &str, value: &dyn fmt::Display) {
        self.key(key);
        printed(self.out, value);
    }

    /// Writes one recorded tag under the names that were chosen for its group.
    fn named(&mut self, key: &str, value: Value<'_>, conventions: &Conventions) {
        let Some(mapping) = names::mapping(key) else {
            return self.value(key, value);
        };
        let convention = conventions.of(mapping.group);
        if convention.keeps_open_tracing() {
            self.value(key, value);
        }
        if convention.writes_otel() {
            self.stable(key, value, mapping.action, !convention.keeps_open_tracing());
        }
    }

    /// `alone`: the recorded name was not written.
    fn stable(&mut self, key: &str, value: Value<'_>, action: Action, alone: bool) {
        match action {
            Action::Rename(to) => self.added(to, value),
            Action::RpcMethod if alone => self.full_method(key, value),
            Action::SplitTarget => {
                let target = value.to_string();
                let (path, query) = match target.split_once('?') {
                    Some((path, query)) => (path, Some(query)),
                    None => (target.as_str(), None),
                };
                self.added("url.path", Value::Str(path));
                if let Some(query) = query {
                    self.added("url.query", Value::Str(query));
                }
            }
            // A field of a span in OpenTelemetry, but Zipkin's spans have no such field.
            Action::Keep | Action::Scope | Action::Peer if alone => self.value(key, value),
            _ => {}
        }
    }

    /// `pkg.Service/Method`; with both conventions the one name `rpc.method` keeps its short value.
    fn full_method(&mut self, key: &str, value: Value<'_>) {
        match self.all.get(names::RPC_SERVICE) {
            Some(service) if value.to_string() != names::OTHER => {
                self.print(key, &format_args!("{service}/{value}"));
            }
            _ => self.value(key, value),
        }
    }

    /// Writes a tag under another name, unless the span has one of that name itself: a key must
    /// not stand twice in an object.
    fn added(&mut self, key: &str, value: Value<'_>) {
        if self.all.get(key).is_none() {
            self.value(key, value);
        }
    }

    /// `rpc.error_code`, as Brave's `RpcTags.ERROR_CODE`: the name of every status but `OK`.
    fn failed_call(&mut self, conventions: &Conventions) {
        if !conventions.rpc.keeps_open_tracing() || self.all.get(names::RPC_ERROR_CODE).is_some() {
            return;
        }
        if let Some(Value::Str(code)) = self.all.get(names::GRPC_STATUS_CODE)
            && code != "OK"
        {
            self.text(names::RPC_ERROR_CODE, code);
        }
    }

    /// What Zipkin's spans have no field for.
    fn fields_of(&mut self, span: &FinishedSpan<'_>) {
        if let Some(error) = span.error {
            match message(span) {
                Some(message) => {
                    self.text(names::ERROR, message);
                    self.text(names::ERROR_KIND, error.kind);
                }
                None => self.text(names::ERROR, error.kind),
            }
        }
        if let Some(host) = kept_host(span) {
            self.text(names::PEER_HOSTNAME, host);
        }
        let references = span.references();
        if !references.is_empty() {
            self.list(names::LINK_TRACE_ID, references, |reference| {
                reference.context.trace_id().short_hex()
            });
            self.list(names::LINK_SPAN_ID, references, |reference| {
                reference.context.span_id().hex()
            });
        }
        if span.left_out > 0 {
            self.print(names::DROPPED, &span.left_out);
        }
    }

    /// One value for all references: a key stands once.
    fn list(
        &mut self,
        key: &str,
        references: &[Reference],
        id: impl Fn(&Reference) -> tracer_core::hex::Hex,
    ) {
        self.key(key);
        self.out.push(b'"');
        for (at, reference) in references.iter().enumerate() {
            if at > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(id(reference).as_bytes());
        }
        self.out.push(b'"');
    }
}
