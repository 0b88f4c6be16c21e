//! Choosing formats.

use std::fmt;
use std::sync::Arc;

use tracer_core::carrier::Names;

use super::composite::{Counters, Outlet, Propagation};
use super::debug_limit::DebugLimit;
use super::format::{Format, UnknownFormat};
use super::guarded::Guarded;
use super::propagator::Propagator;
use super::slots::{Reader, Slots};
use super::{B3Multi, B3Single, ExtraFields, Jaeger, JaegerDebugId, TraceContext, W3cBaggage};
use crate::clock::{Clock, SystemClock};

/// Builds a [`Propagation`].
///
/// Unless told otherwise it reads B3 (single, then multi), W3C and Jaeger, writes W3C and B3 multi
/// into requests, and W3C and B3 single without parent into messages.
#[must_use]
pub struct PropagationBuilder {
    extract: Vec<Format>,
    inject: Vec<Format>,
    inject_messages: Vec<Format>,
    custom_readers: Vec<Box<dyn Propagator>>,
    custom_writers: Vec<Box<dyn Propagator>>,
    baggage_keys: Option<Vec<Box<str>>>,
    fields: Vec<Box<str>>,
    jaeger_debug_id: bool,
    clock: Option<Arc<dyn Clock>>,
}

impl PropagationBuilder {
    pub(super) fn new() -> Self {
        Self {
            extract: vec![Format::B3, Format::TraceContext, Format::Jaeger],
            inject: vec![Format::TraceContext, Format::B3Multi],
            inject_messages: vec![Format::TraceContext, Format::B3],
            custom_readers: Vec::new(),
            custom_writers: Vec::new(),
            baggage_keys: None,
            fields: Vec::new(),
            jaeger_debug_id: false,
            clock: None,
        }
    }

    /// The formats that are read, the first valid one wins.
    pub fn extract(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.extract = formats.into_iter().collect();
        self
    }

    /// The formats that are written into requests.
    pub fn inject(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.inject = formats.into_iter().collect();
        self
    }

    /// The formats that are written into messages; B3 single goes without the parent there.
    pub fn inject_messages(mut self, formats: impl IntoIterator<Item = Format>) -> Self {
        self.inject_messages = formats.into_iter().collect();
        self
    }

    /// Reads and writes, in requests and messages, the formats with these names: the syntax of
    /// `OTEL_PROPAGATORS`. No names, as in an empty text, change nothing; `none` is a name.
    ///
    /// # Errors
    ///
    /// [`UnknownFormat`], which names the allowed ones.
    pub fn names(self, names: &str) -> Result<Self, UnknownFormat> {
        if names.split(',').all(|name| name.trim().is_empty()) {
            return Ok(self);
        }
        let formats = Format::parse_list(names)?;
        Ok(self
            .extract(formats.iter().copied())
            .inject(formats.iter().copied())
            .inject_messages(formats))
    }

    /// Reads a format of your own, behind the others. If it panics, it has found nothing valid; for that, what
    /// others have read is copied, which allocates where it is baggage.
    pub fn reader(mut self, format: impl Propagator + 'static) -> Self {
        self.custom_readers.push(Box::new(Guarded::new(format)));
        self
    }

    /// Writes a format of your own into requests. If it panics, nothing of it is sent; for that, what it writes is
    /// kept until it is whole, in allocations of each request.
    pub fn writer(mut self, format: impl Propagator + 'static) -> Self {
        self.custom_writers.push(Box::new(Guarded::new(format)));
        self
    }

    /// Only baggage items with these keys come in and go out. All unless set. Jaeger's items whose keys are
    /// names of headers come in whatever their case is, under the key that stands here.
    pub fn baggage_keys<K: Into<Box<str>>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.baggage_keys = Some(keys.into_iter().map(Into::into).collect());
        self
    }

    /// Plain headers that are carried to the next services under their own names.
    pub fn fields<N: Into<Box<str>>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.fields = names.into_iter().map(Into::into).collect();
        self
    }

    /// Lets `jaeger-debug-id` start debug traces. Off unless set.
    pub fn jaeger_debug_id(mut self, on: bool) -> Self {
        self.jaeger_debug_id = on;
        self
    }

    /// The clock by which debug flags are rationed (ten, refilled at ten a second).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The propagation.
    pub fn build(self) -> Propagation {
        let fields = || ExtraFields::new(self.fields.iter().map(|name| &**name));
        let has_fields = !self.fields.is_empty();
        let mut requests = writers(&self.inject, false);
        let mut messages = writers(&self.inject_messages, true);
        if has_fields {
            requests.push(Box::new(fields()));
            messages.push(Box::new(fields()));
        }
        requests.extend(self.custom_writers);
        let mut names = Names::default();
        let mut read = Vec::new();
        let keys = self.baggage_keys.as_deref().unwrap_or_default();
        for format in readers(&self.extract, keys) {
            read.push(Reader::own(format, &mut names));
        }
        let foreign = !self.custom_readers.is_empty();
        for format in self.custom_readers {
            read.push(Reader::foreign(format, &mut names));
        }
        if self.jaeger_debug_id {
            let format = Box::new(JaegerDebugId::new());
            read.push(Reader::own(format, &mut names));
        }
        if has_fields {
            // Last, because they alone find names that there is no slot for.
            read.push(Reader::own(Box::new(fields()), &mut names));
        }
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        Propagation {
            slots: Slots::new(&names, foreign),
            names,
            readers: read,
            requests: Outlet::new(requests),
            messages: Outlet::new(messages),
            baggage_keys: self.baggage_keys,
            debug: DebugLimit::new(clock),
            counters: Counters::default(),
        }
    }
}

impl fmt::Debug for PropagationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PropagationBuilder")
            .field("extract", &self.extract)
            .field("inject", &self.inject)
            .field("inject_messages", &self.inject_messages)
            .field("baggage_keys", &self.baggage_keys)
            .field("fields", &self.fields)
            .field("jaeger_debug_id", &self.jaeger_debug_id)
            .finish_non_exhaustive()
    }
}

fn has_w3c_baggage(formats: &[Format]) -> bool {
    let w3c = [Format::TraceContext, Format::Baggage];
    formats.iter().any(|format| w3c.contains(format))
}

fn readers(formats: &[Format], keys: &[Box<str>]) -> Vec<Box<dyn Propagator>> {
    let mut readers: Vec<Box<dyn Propagator>> = Vec::new();
    if has_w3c_baggage(formats) {
        // First, because what is read first wins among baggage.
        readers.push(Box::new(W3cBaggage::new()));
    }
    let mut has_b3 = false;
    for format in unique(formats) {
        match format {
            Format::B3 | Format::B3Multi if has_b3 => {}
            Format::B3 | Format::B3Multi => {
                has_b3 = true;
                readers.push(Box::new(B3Single::new()));
                readers.push(Box::new(B3Multi::new()));
            }
            Format::TraceContext => readers.push(Box::new(TraceContext::new())),
            Format::Jaeger => readers.push(Box::new(Jaeger::new().spelling(keys))),
            Format::Baggage => {}
        }
    }
    readers
}

fn writers(formats: &[Format], message: bool) -> Vec<Box<dyn Propagator>> {
    let mut writers: Vec<Box<dyn Propagator>> = Vec::new();
    for format in unique(formats) {
        match format {
            Format::B3 if message => writers.push(Box::new(B3Single::without_parent())),
            Format::B3 => writers.push(Box::new(B3Single::new())),
            Format::B3Multi => writers.push(Box::new(B3Multi::new())),
            Format::TraceContext => writers.push(Box::new(TraceContext::new())),
            Format::Jaeger => writers.push(Box::new(Jaeger::new())),
            Format::Baggage => {}
        }
    }
    if has_w3c_baggage(formats) {
        writers.push(Box::new(W3cBaggage::new()));
    }
    writers
}

fn unique(formats: &[Format]) -> impl Iterator<Item = Format> + '_ {
    let first = |i: usize| !formats.iter().take(i).any(|f| formats.get(i) == Some(f));
    let all = formats.iter().copied().enumerate();
    all.filter(move |(i, _)| first(*i))
        .map(|(_, format)| format)
}
