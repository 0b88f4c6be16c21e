//! One header format.

use tracer_core::carrier::{Found, Names};
use tracer_core::{Extra, Extracted, Inject, SpanContext, SpanRef};

/// The most baggage members of one context (W3C Baggage, section 3.3.2).
pub(super) const MAX_MEMBERS: usize = 64;

/// Reads and writes one header format. All formats of a [`Propagation`](super::Propagation) share
/// one pass over the headers.
pub trait Propagator: Send + Sync {
    /// Asks for the headers that it reads, before the first request; it keeps the slots.
    fn prepare(&mut self, names: &mut Names);

    /// Reads a context or a lone decision.
    fn extract(&self, found: &Found<'_>) -> Reading;

    /// Reads what travels beside the ids. `hit` is the context that won, `own` tells whether this
    /// format read it.
    fn carry(
        &self,
        found: &Found<'_>,
        hit: Option<&SpanContext>,
        own: bool,
        carried: &mut Carried,
    ) {
        let _ = (found, hit, own, carried);
    }

    /// Writes its headers; removes those of them that [`clear`](Self::clear) would remove and that
    /// say nothing for this span.
    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject);

    /// Removes its headers.
    fn clear(&self, carrier: &mut dyn Inject);

    /// How many baggage members were left out of what was written so far.
    fn dropped(&self) -> u64 {
        0
    }
}

// Not for `Arc`: a format that others hold could not keep the slots that it asks for.
impl<P: Propagator + ?Sized> Propagator for Box<P> {
    #[inline]
    fn prepare(&mut self, names: &mut Names) {
        (**self).prepare(names);
    }

    #[inline]
    fn extract(&self, found: &Found<'_>) -> Reading {
        (**self).extract(found)
    }

    #[inline]
    fn carry(
        &self,
        found: &Found<'_>,
        hit: Option<&SpanContext>,
        own: bool,
        carried: &mut Carried,
    ) {
        (**self).carry(found, hit, own, carried);
    }

    #[inline]
    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        (**self).inject(span, carrier);
    }

    #[inline]
    fn clear(&self, carrier: &mut dyn Inject) {
        (**self).clear(carrier);
    }

    #[inline]
    fn dropped(&self) -> u64 {
        (**self).dropped()
    }
}

/// What a format found.
#[derive(Clone, Debug)]
pub enum Reading {
    /// None of its headers.
    Absent,
    /// Something that is not valid. The same as absent, but counted.
    Malformed,
    /// A context or a lone decision: formats behind it are not read.
    Hit(Extracted),
}

/// What was read beside the ids.
#[derive(Clone, Debug, Default)]
pub struct Carried {
    /// The `tracestate`, baggage and fields.
    pub extra: Extra,
    /// W3C's random flag came with the trace.
    pub random: bool,
    /// Parts that were not valid and left out.
    pub malformed: u64,
    /// Valid baggage members beyond the limits.
    pub dropped: u64,
}

impl Carried {
    /// Adds a baggage item unless its key is there already: what was read first wins.
    pub fn item(&mut self, key: &str, value: &str, properties: Option<&str>) {
        let baggage = &mut self.extra.baggage;
        if baggage.get(key).is_some() {
            return;
        }
        if baggage.len() >= MAX_MEMBERS {
            self.dropped += 1;
        } else if baggage.set_with_properties(key, value, properties).is_err() {
            self.malformed += 1;
        }
    }
}
