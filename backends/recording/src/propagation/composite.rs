//! All formats of one tracer.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extra, Extract, Extracted, Inject, Sampling, SpanRef};

use super::builder::PropagationBuilder;
use super::debug_limit::DebugLimit;
use super::format::UnknownFormat;
use super::propagator::{Carried, Propagator, Reading};
use super::slots::{Reader, Slots};
use super::{b3_multi, b3_single, baggage, jaeger, trace_context};

/// Reads and writes the trace headers of every configured format; see the module docs.
pub struct Propagation {
    pub(super) names: Names,
    pub(super) readers: Vec<Reader>,
    pub(super) slots: Slots,
    pub(super) requests: Outlet,
    pub(super) messages: Outlet,
    pub(super) baggage_keys: Option<Vec<Box<str>>>,
    pub(super) debug: DebugLimit,
    pub(super) counters: Counters,
}

#[derive(Default)]
pub(super) struct Counters {
    malformed: AtomicU64,
    baggage_dropped: AtomicU64,
    debug_refused: AtomicU64,
}

/// What went wrong with headers so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PropagationCounts {
    /// Received contexts, `tracestate` lists, baggage members and fields that were not valid.
    pub malformed: u64,
    /// Baggage members beyond the limits, received or to be sent.
    pub baggage_dropped: u64,
    /// Debug flags that were taken as "sampled", because there were too many.
    pub debug_refused: u64,
}

impl Propagation {
    /// The default formats, to be changed.
    pub fn builder() -> PropagationBuilder {
        PropagationBuilder::new()
    }

    /// The formats with these names, in the syntax of `OTEL_PROPAGATORS`; the defaults without
    /// names, as in an empty text.
    ///
    /// # Errors
    ///
    /// [`UnknownFormat`], which names the allowed ones.
    pub fn from_names(names: &str) -> Result<Self, UnknownFormat> {
        Ok(Self::builder().names(names)?.build())
    }

    /// Reads what a caller sent.
    pub fn extract(&self, carrier: &dyn Extract) -> Extracted {
        let mut found = Found::default();
        carrier.collect(&self.names, &mut found);
        if self.slots.nothing_in(&found) {
            return Extracted::absent();
        }
        let only_ids = self.slots.only_ids_in(&found);
        for (position, reader) in self.readers.iter().enumerate() {
            if !reader.may_read(&found) {
                continue;
            }
            match reader.format.extract(&found) {
                // Handed on as it is: a move costs as much as the digits of an id.
                Reading::Hit(hit) if only_ids && hit.sampling() != Sampling::Debug => return hit,
                Reading::Hit(hit) => return self.carry(&found, Some(position), hit),
                Reading::Malformed => add(&self.counters.malformed, 1),
                Reading::Absent => {}
            }
        }
        self.carry(&found, None, Extracted::absent())
    }

    /// Adds what is carried beside the ids that the reader at `winner` has found.
    fn carry(&self, found: &Found<'_>, winner: Option<usize>, extracted: Extracted) -> Extracted {
        if self.slots.only_ids_in(found) {
            return self.ration_debug(extracted);
        }
        let mut carried = Carried::default();
        for (position, reader) in self.readers.iter().enumerate() {
            if self.slots.may_carry(reader, found) {
                let own = winner == Some(position);
                let context = extracted.span_context();
                reader.format.carry(found, context, own, &mut carried);
            }
        }
        if let Some(keys) = &self.baggage_keys {
            let baggage = &mut carried.extra.baggage;
            baggage.retain(|item| keys.iter().any(|key| **key == *item.key()));
        }
        add(&self.counters.malformed, carried.malformed);
        add(&self.counters.baggage_dropped, carried.dropped);
        let extracted = self.ration_debug(extracted);
        if carried.random || !carried.extra.is_empty() {
            complete(extracted, carried)
        } else {
            extracted
        }
    }

    fn ration_debug(&self, extracted: Extracted) -> Extracted {
        if extracted.sampling() != Sampling::Debug || self.debug.take() {
            return extracted;
        }
        add(&self.counters.debug_refused, 1);
        extracted.with_sampling(Sampling::Record)
    }

    /// Writes into the headers of a request, in the place of every trace header there. Does nothing
    /// without a span or without formats.
    pub fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        self.write(&self.requests, span, carrier);
    }

    /// As [`inject`](Self::inject), into the headers of a message.
    pub fn inject_message(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        self.write(&self.messages, span, carrier);
    }

    fn write(&self, outlet: &Outlet, span: &SpanRef, carrier: &mut dyn Inject) {
        if span.is_none() || outlet.writers.is_empty() {
            return;
        }
        let filtered = self.filtered(span);
        let span = filtered.as_ref().unwrap_or(span);
        // One pass over the names is cheaper than one look-up for each, and mostly none is there.
        if !carrier.may_hold(&outlet.names) {
            return outlet.inject(span, &mut Clean(carrier));
        }
        if carrier.may_hold(&outlet.stale_names) {
            outlet.stale.iter().for_each(|stale| stale.remove(carrier));
        }
        outlet.inject(span, carrier);
    }

    /// The span without the baggage that must stay here; `None` if all of it may go.
    fn filtered(&self, span: &SpanRef) -> Option<SpanRef> {
        let keys = self.baggage_keys.as_ref()?;
        let extra = span.extra()?;
        let may_go = |key: &str| keys.iter().any(|allowed| **allowed == *key);
        if extra.baggage.iter().all(|item| may_go(item.key())) {
            return None;
        }
        let mut extra = Extra::clone(extra);
        extra.baggage.retain(|item| may_go(item.key()));
        Some(span.with_extra(Some(Arc::new(extra))))
    }

    /// Removes the trace headers of every known format, all baggage and the extra fields.
    pub fn clear(&self, carrier: &mut dyn Inject) {
        KNOWN.iter().for_each(|known| known.remove(carrier));
        let writers = self.requests.writers.iter().chain(&self.messages.writers);
        let readers = self.readers.iter().map(|reader| &reader.format);
        for format in readers.chain(writers) {
            format.clear(carrier);
        }
    }

    /// What went wrong so far.
    pub fn counts(&self) -> PropagationCounts {
        let writers = self.requests.writers.iter().chain(&self.messages.writers);
        let unsent: u64 = writers.map(|writer| writer.dropped()).sum();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        PropagationCounts {
            malformed: read(&self.counters.malformed),
            baggage_dropped: read(&self.counters.baggage_dropped) + unsent,
            debug_refused: read(&self.counters.debug_refused),
        }
    }
}

impl Default for Propagation {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagation")
            .field("names", &self.names)
            .field("baggage_keys", &self.baggage_keys)
            .field("counts", &self.counts())
            .finish_non_exhaustive()
    }
}

/// Nothing is counted in most requests: then the shared line stays where it is.
fn add(counter: &AtomicU64, count: u64) {
    if count > 0 {
        counter.fetch_add(count, Ordering::Relaxed);
    }
}

#[cold]
fn complete(extracted: Extracted, carried: Carried) -> Extracted {
    let extracted = match extracted.span_context() {
        Some(context) if carried.random => {
            let context = context.clone().with_random(true);
            Extracted::context(context, extracted.is_joinable())
        }
        _ => extracted,
    };
    if carried.extra.is_empty() {
        extracted
    } else {
        extracted.with_extra(Some(Arc::new(carried.extra)))
    }
}

/// A header, or all that start alike.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    Name(&'static str),
    Prefix(&'static str),
}

impl Header {
    fn remove(&self, carrier: &mut dyn Inject) {
        match self {
            Self::Name(name) => carrier.remove(name),
            Self::Prefix(prefix) => carrier.remove_prefix(prefix),
        }
    }
}

/// Whatever stands there of these when a context is written is stale.
const KNOWN: [Header; 12] = {
    let [trace, span, parent, sampled, flags] = b3_multi::NAMES;
    [
        Header::Name(b3_single::B3),
        Header::Name(trace),
        Header::Name(span),
        Header::Name(parent),
        Header::Name(sampled),
        Header::Name(flags),
        Header::Name(trace_context::TRACEPARENT),
        Header::Name(trace_context::TRACESTATE),
        Header::Name(baggage::BAGGAGE),
        Header::Name(jaeger::TRACE),
        Header::Name(jaeger::ITEMS),
        Header::Prefix(jaeger::ITEM),
    ]
};

/// The formats of one way out, and what no one of them replaces.
pub(super) struct Outlet {
    writers: Vec<Box<dyn Propagator>>,
    /// Whatever is replaced or stale.
    names: Names,
    stale: Vec<Header>,
    stale_names: Names,
}

impl Outlet {
    pub(super) fn new(writers: Vec<Box<dyn Propagator>>) -> Self {
        let mut replaced = Replaced {
            names: names(&KNOWN),
            stale: KNOWN.to_vec(),
        };
        writers.iter().for_each(|w| w.clear(&mut replaced));
        Self {
            writers,
            names: replaced.names,
            stale_names: names(&replaced.stale),
            stale: replaced.stale,
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        for writer in &self.writers {
            writer.inject(span, carrier);
        }
    }
}

fn names(headers: &[Header]) -> Names {
    let mut names = Names::default();
    for header in headers {
        match header {
            Header::Name(name) => {
                names.add(name);
            }
            Header::Prefix(prefix) => names.add_prefix(prefix),
        }
    }
    names
}

/// Hears what a format says that it replaces.
struct Replaced {
    names: Names,
    /// What remains.
    stale: Vec<Header>,
}

impl Inject for Replaced {
    fn set(&mut self, name: &str, _: &str) {
        self.remove(name);
    }

    fn remove(&mut self, name: &str) {
        self.names.add(name);
        let is_same = |header: &Header| matches!(header, Header::Name(known) if *known == name);
        self.stale.retain(|header| !is_same(header));
    }

    fn remove_prefix(&mut self, prefix: &str) {
        self.names.add_prefix(prefix);
        let is_same = |header: &Header| matches!(header, Header::Prefix(known) if *known == prefix);
        self.stale.retain(|header| !is_same(header));
    }
}

/// A carrier in which nothing stands that a format would remove: it need not be looked for.
struct Clean<'c>(&'c mut dyn Inject);

impl Inject for Clean<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.0.set(name, value);
    }

    fn set_bytes(&mut self, name: &str, value: &[u8]) {
        self.0.set_bytes(name, value);
    }

    fn remove(&mut self, _: &str) {}

    fn remove_prefix(&mut self, _: &str) {}

    fn may_hold(&self, names: &Names) -> bool {
        self.0.may_hold(names)
    }
}
