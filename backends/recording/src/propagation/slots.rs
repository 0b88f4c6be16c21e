//! What can be told of a request from the names of its headers alone.

use tracer_core::carrier::{Found, Names};

use super::propagator::Propagator;
use super::{b3_multi, b3_single, jaeger, trace_context};

/// A format with the slots of its names: without any of them it is not asked.
pub(super) struct Reader {
    pub(super) format: Box<dyn Propagator>,
    slots: u32,
    foreign: bool,
}

impl Reader {
    pub(super) fn own(mut format: Box<dyn Propagator>, names: &mut Names) -> Self {
        let mut alone = Names::default();
        format.prepare(&mut alone);
        format.prepare(names);
        let slots = alone.iter().filter_map(|name| names.position(name));
        Self {
            slots: slots.map(slot_bit).fold(0, |all, bit| all | bit),
            format,
            foreign: false,
        }
    }

    /// Of somebody else, who may read anything.
    pub(super) fn foreign(mut format: Box<dyn Propagator>, names: &mut Names) -> Self {
        format.prepare(names);
        Self {
            slots: 0,
            format,
            foreign: true,
        }
    }

    /// False if there is nothing that it would read.
    #[inline]
    pub(super) fn may_read(&self, found: &Found<'_>) -> bool {
        self.slots & found.seen() != 0 || self.foreign
    }
}

/// What can be told from the slots alone, so that most requests are done with early.
#[derive(Default)]
pub(super) struct Slots {
    /// Of headers that say nothing beside ids and decision.
    ids: u32,
    /// `traceparent` says more only beside another format's headers.
    parent: u32,
    /// A reader of somebody else's may make anything of anything.
    foreign: bool,
}

impl Slots {
    pub(super) fn new(names: &Names, foreign: bool) -> Self {
        let [trace, span, parent, sampled, flags] = b3_multi::NAMES;
        let single = [b3_single::B3, jaeger::TRACE];
        let ids = [trace, span, parent, sampled, flags]
            .into_iter()
            .chain(single);
        let bit = |name: &str| names.position(name).map_or(0, slot_bit);
        Self {
            ids: ids.map(bit).fold(0, |all, bit| all | bit),
            parent: bit(trace_context::TRACEPARENT),
            foreign,
        }
    }

    #[inline]
    pub(super) fn nothing_in(&self, found: &Found<'_>) -> bool {
        found.seen() == 0 && !found.has_others() && !self.foreign
    }

    #[inline]
    pub(super) fn only_ids_in(&self, found: &Found<'_>) -> bool {
        let seen = found.seen();
        let plain = seen & !self.ids == 0 || seen == self.parent;
        plain && !found.has_others() && !self.foreign
    }

    /// False if all that this format would read are ids.
    pub(super) fn may_carry(&self, reader: &Reader, found: &Found<'_>) -> bool {
        reader.slots & found.seen() & !self.ids != 0 || found.has_others() || reader.foreign
    }
}

fn slot_bit(slot: usize) -> u32 {
    u32::try_from(slot)
        .ok()
        .and_then(|slot| 1_u32.checked_shl(slot))
        .unwrap_or(0)
}
