//! Which tags a span gets, and under which names.

use std::fmt;

use tracer_core::conventions::{self as names, Action, Conventions, Known, keys};
use tracer_core::hex::Hex;
use tracer_core::{Key, Kind, Operation, Reference, SpanContext, Tag, Value};
use tracer_recording::FinishedSpan;

/// Takes tags as text, each key once.
pub(crate) trait TagSink {
    /// Takes a text.
    fn text(&mut self, key: Key<'_>, value: &str);

    /// Takes what `value` prints.
    fn print(&mut self, key: Key<'_>, value: &dyn fmt::Display);

    /// Takes an integer.
    fn integer(&mut self, key: Key<'_>, value: i64);

    /// As [`text`](Self::text), under a name that layers write.
    fn known_text(&mut self, key: Known, value: &str);

    /// As [`integer`](Self::integer), under a name that layers write.
    fn known_integer(&mut self, key: Known, value: i64);
}

/// Hands the tags of a span to `sink`: those of its operation, if there is one, and its own.
#[inline]
pub(crate) fn write<'a>(
    sink: &mut impl TagSink,
    span: &FinishedSpan<'a>,
    conventions: &Conventions,
    common: Option<&'static Operation>,
    own: impl Iterator<Item = Tag<'a>>,
) {
    let mut tags = Writer {
        sink,
        span,
        conventions,
        as_recorded: *conventions == Conventions::default(),
        code: None,
        has_error_code: false,
    };
    if let Some(operation) = common {
        tags.common(operation);
    }
    for tag in own {
        tags.tag(tag);
    }
    tags.error_code();
    tags.fields();
}

/// True if an operation has tags, and all of its spans write them in the same way.
pub(crate) fn are_alike(operation: &Operation, conventions: &Conventions) -> bool {
    let tags = operation.tags();
    let plain = tags.iter().all(|(key, _)| SPECIAL & bit(*key) == 0);
    plain && !tags.is_empty() && *conventions == Conventions::default()
}

/// Hands tags that [are alike](are_alike) to `sink`.
pub(crate) fn write_alike(sink: &mut impl TagSink, operation: &Operation) {
    for (key, text) in operation.tags() {
        sink.known_text(*key, text);
    }
}

/// Names that are looked at more closely, as a set: few tags have one of them.
const SPECIAL: u64 = bit(keys::SPAN_KIND)
    | bit(keys::ERROR)
    | bit(keys::ERROR_KIND)
    | bit(keys::DROPPED)
    | bit(keys::LINK_TRACE_ID)
    | bit(keys::LINK_SPAN_ID)
    | bit(keys::PEER_HOSTNAME)
    | bit(keys::HTTP_SCHEME)
    | bit(keys::GRPC_STATUS_CODE)
    | bit(keys::RPC_ERROR_CODE);

const fn bit(key: Known) -> u64 {
    1 << key.number()
}

/// True for a tag that is a field of the span or that is written from one.
// Inlined, all that it may need is got ready for every span.
#[inline(never)]
fn is_ours(key: Known, span: &FinishedSpan<'_>) -> bool {
    match key {
        keys::SPAN_KIND | keys::ERROR => true,
        keys::ERROR_KIND => message(span).is_some(),
        keys::DROPPED => span.left_out > 0,
        keys::LINK_TRACE_ID | keys::LINK_SPAN_ID => !span.references().is_empty(),
        keys::PEER_HOSTNAME => kept_host(span).is_some(),
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

struct Writer<'w, 'a, S> {
    sink: &'w mut S,
    span: &'w FinishedSpan<'a>,
    conventions: &'w Conventions,
    /// Nobody wants other names than the recorded ones.
    as_recorded: bool,
    code: Option<Value<'a>>,
    has_error_code: bool,
}

impl<'a, S: TagSink> Writer<'_, 'a, S> {
    #[cold]
    fn common(&mut self, operation: &'static Operation) {
        for (key, text) in operation.tags() {
            self.tag(Tag::new(*key, *text));
        }
    }

    /// What most tags are is written here, without a call, so that a tag is never made.
    #[inline(always)]
    fn tag(&mut self, tag: Tag<'a>) {
        match (tag.key.known(), tag.value) {
            (Some(key), Value::Str(text)) if self.is_plain(key) => self.sink.known_text(key, text),
            (Some(key), Value::I64(value)) if self.is_plain(key) => {
                self.sink.known_integer(key, value);
            }
            _ => self.other(tag),
        }
    }

    #[inline]
    fn is_plain(&self, key: Known) -> bool {
        self.as_recorded && SPECIAL & bit(key) == 0
    }

    #[inline(never)]
    fn other(&mut self, tag: Tag<'a>) {
        let known = tag.key.known();
        match known.filter(|key| SPECIAL & bit(*key) != 0) {
            None => {}
            Some(key) if is_ours(key, self.span) => return,
            // What a layer has noted for the stable names; elsewhere it is somebody's own tag.
            Some(keys::HTTP_SCHEME) if self.as_recorded && self.span.kind == Kind::Server => return,
            Some(keys::GRPC_STATUS_CODE) => self.code = Some(tag.value),
            Some(keys::RPC_ERROR_CODE) => self.has_error_code = true,
            _ => {}
        }
        if self.as_recorded {
            self.value(tag.key, tag.value);
        } else {
            self.named(tag.key, tag.value);
        }
    }

    /// As Brave's `RpcTags.ERROR_CODE`: the name of every status but `OK`.
    #[inline]
    fn error_code(&mut self) {
        if let Some(Value::Str(code)) = self.code
            && code != "OK"
            && !self.has_error_code
            && self.conventions.rpc.keeps_open_tracing()
        {
            self.sink.text(keys::RPC_ERROR_CODE.into(), code);
        }
    }

    fn value(&mut self, key: Key<'_>, value: Value<'_>) {
        match value {
            Value::Str(text) => self.sink.text(key, text),
            Value::I64(number) => self.sink.integer(key, number),
            other => self.sink.print(key, &other),
        }
    }

    /// Writes one recorded tag under the names that were chosen for its group.
    fn named(&mut self, key: Key<'_>, value: Value<'_>) {
        let Some(mapping) = key.known().map(Known::mapping) else {
            return self.value(key, value);
        };
        let convention = self.conventions.of(mapping.group);
        if convention.keeps_open_tracing() && !matches!(mapping.action, Action::Only(_)) {
            self.value(key, value);
        }
        if convention.writes_otel() {
            self.stable(key, value, mapping.action, !convention.keeps_open_tracing());
        }
    }

    /// `alone`: the recorded name was not written.
    fn stable(&mut self, key: Key<'_>, value: Value<'_>, action: Action, alone: bool) {
        match action {
            Action::Rename(to) | Action::Only(to) => self.added(to.into(), value),
            Action::RpcMethod if alone => self.full_method(key, value),
            Action::SplitTarget => {
                let target = value.to_string();
                let (path, query) = match target.split_once('?') {
                    Some((path, query)) => (path, Some(query)),
                    None => (target.as_str(), None),
                };
                self.added("url.path".into(), Value::Str(path));
                if let Some(query) = query {
                    self.added("url.query".into(), Value::Str(query));
                }
            }
            // A field of a span in OpenTelemetry, but Zipkin's spans have no such field.
            Action::Keep | Action::Scope | Action::Peer if alone => self.value(key, value),
            _ => {}
        }
    }

    /// `pkg.Service/Method`; with both conventions the one name `rpc.method` keeps its short value.
    fn full_method(&mut self, key: Key<'_>, value: Value<'_>) {
        match self.span.tags().get(keys::RPC_SERVICE) {
            Some(service) if value.to_string() != names::OTHER => {
                self.sink.print(key, &format_args!("{service}/{value}"));
            }
            _ => self.value(key, value),
        }
    }

    /// Writes a tag under another name, unless the span has one of that name itself: a key must
    /// not stand twice in an object.
    fn added(&mut self, key: Key<'_>, value: Value<'_>) {
        if self.span.tags().get(key).is_none() {
            self.value(key, value);
        }
    }

    /// What Zipkin's spans have no field for.
    #[inline]
    fn fields(&mut self) {
        let span = self.span;
        if let Some(error) = span.error {
            match message(span) {
                Some(message) => {
                    self.sink.text(keys::ERROR.into(), message);
                    self.sink.text(keys::ERROR_KIND.into(), error.kind);
                }
                None => self.sink.text(keys::ERROR.into(), error.kind),
            }
        }
        if let Some(host) = kept_host(span) {
            self.sink.text(keys::PEER_HOSTNAME.into(), host);
        }
        let references = span.references();
        if !references.is_empty() {
            let traces = Ids(references, |context| context.trace_id().short_hex());
            let spans = Ids(references, |context| context.span_id().hex());
            self.sink.print(keys::LINK_TRACE_ID.into(), &traces);
            self.sink.print(keys::LINK_SPAN_ID.into(), &spans);
        }
        if span.left_out > 0 {
            self.sink.print(keys::DROPPED.into(), &span.left_out);
        }
    }
}

/// One id of each reference, separated by commas: a key stands once.
struct Ids<'a>(&'a [Reference], fn(&SpanContext) -> Hex);

impl fmt::Display for Ids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, reference)| {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{}", (self.1)(&reference.context))
        })
    }
}
