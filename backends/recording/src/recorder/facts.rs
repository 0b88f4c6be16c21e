//! What is known of a span from its start on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use tracer_core::{Kind, Sampling, SpanContext, SpanStart};

use super::Identity;
use super::anchor::{Anchor, Started};
use super::state::State;
use crate::clock::unix_nanos;
use crate::message::SAMPLED;
use crate::shared::Shared;

const KINDS: [Kind; 5] = [
    Kind::Local,
    Kind::Server,
    Kind::Client,
    Kind::Producer,
    Kind::Consumer,
];
const SAMPLINGS: [Sampling; 4] = [
    Sampling::Defer,
    Sampling::Drop,
    Sampling::Record,
    Sampling::Debug,
];

/// What stays as it was at the start of a span; its role and decision, which may change, are read
/// without a lock.
pub(super) struct Facts {
    // Stays while the recorder is used again and again: counting it per span would make all
    // threads fight for one cache line.
    pub(super) shared: Arc<Shared>,
    pub(super) context: SpanContext,
    pub(super) anchor: Anchor,
    started: Started,
    kind: AtomicU8,
    sampling: AtomicU8,
}

impl Facts {
    pub(super) fn new(shared: Arc<Shared>, context: SpanContext) -> Self {
        Self {
            shared,
            context,
            anchor: Anchor::default(),
            started: Started::Ticks(0),
            kind: AtomicU8::new(0),
            sampling: AtomicU8::new(0),
        }
    }

    #[inline]
    pub(super) fn begin(&mut self, identity: Identity, start: &SpanStart<'_>) {
        (self.anchor, self.started) = match identity.anchor {
            Some(anchor) => (anchor, Started::Ticks(self.shared.clock.ticks())),
            None => {
                let anchor = Anchor::new(&self.shared, start.start);
                (anchor, Started::Ticks(anchor.ticks))
            }
        };
        if let Some(at) = start.start {
            self.started = Started::Wall(unix_nanos(at));
        }
        *self.kind.get_mut() = start.kind as u8;
        *self.sampling.get_mut() = identity.context.sampling() as u8;
        self.context = identity.context;
    }

    pub(super) fn kind(&self) -> Kind {
        let kind = self.kind.load(Ordering::Relaxed);
        KINDS.get(usize::from(kind)).copied().unwrap_or_default()
    }

    pub(super) fn set_kind(&self, kind: Kind) {
        self.kind.store(kind as u8, Ordering::Relaxed);
    }

    pub(super) fn sampling(&self) -> Sampling {
        let sampling = self.sampling.load(Ordering::Relaxed);
        SAMPLINGS
            .get(usize::from(sampling))
            .copied()
            .unwrap_or_default()
    }

    pub(super) fn set_sampling(&self, sampling: Sampling) {
        self.sampling.store(sampling as u8, Ordering::Relaxed);
    }

    pub(super) fn now_or(&self, at: Option<SystemTime>) -> u64 {
        match at {
            Some(at) => unix_nanos(at),
            None => self.anchor.wall_at(&self.shared, self.shared.clock.ticks()),
        }
    }

    /// Reports what was recorded, which is done with.
    #[inline]
    pub(super) fn report(&self, state: &mut State, end: u64) {
        let sampled = self.sampling().is_sampled();
        if !sampled && !self.shared.records_unsampled {
            return;
        }
        let start = match self.started {
            Started::Ticks(ticks) => self.anchor.wall_at(&self.shared, ticks),
            Started::Wall(at) => at,
        };
        let start = start.max(self.anchor.floor);
        state.head.flag(SAMPLED, sampled);
        let times = [start, end.saturating_sub(start)];
        let recorded = state.close(&self.context, self.kind(), times);
        self.shared.reporter.take(&recorded);
    }
}
