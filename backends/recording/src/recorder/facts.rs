//! What is known of a span from its start on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::SystemTime;

use tracer_core::{Kind, Sampling, SpanContext, SpanStart, TraceId};

use super::anchor::{Anchor, Started};
use super::state::State;
use crate::clock::unix_nanos;
use crate::message::SAMPLED;
use crate::shared::Shared;

const SERVER: u8 = Kind::Server as u8;
const CLIENT: u8 = Kind::Client as u8;
const PRODUCER: u8 = Kind::Producer as u8;
const CONSUMER: u8 = Kind::Consumer as u8;
const DROP: u8 = Sampling::Drop as u8;
const RECORD: u8 = Sampling::Record as u8;
const DEBUG: u8 = Sampling::Debug as u8;

/// What stays as it was at the start of a span; its role and decision, which may change, are read
/// without a lock.
pub(super) struct Facts {
    // Stays while the recorder is used again and again: counting it per span would make all
    // threads fight for one cache line.
    pub(super) shared: Arc<Shared>,
    pub(super) context: SpanContext,
    pub(super) anchor: Anchor,
    started: Started,
    /// The span from whose start times are measured entered the process: its ticks tell the requests of a trace
    /// apart. Not so below a bare context, where nobody knows.
    is_of_entry: bool,
    kind: AtomicU8,
    sampling: AtomicU8,
}

/// Whence a span measures its times.
#[derive(Clone, Copy)]
pub(super) enum From<'a> {
    /// From where its parent does.
    Parent(&'a Facts),
    /// From its own start. `enters`: it is the first of its trace here.
    Now { enters: bool },
}

impl Facts {
    /// Of no span yet: its context is one that nobody will see.
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let (trace, span) = TraceId::random_with_span(false);
        Self {
            shared,
            context: SpanContext::new(trace, span, Sampling::Drop),
            anchor: Anchor::default(),
            started: Started::Ticks(0),
            is_of_entry: false,
            kind: AtomicU8::new(0),
            sampling: AtomicU8::new(0),
        }
    }

    #[inline(always)]
    pub(super) fn begin(&mut self, from: From<'_>, start: &SpanStart<'_>) {
        let ticks = match from {
            From::Parent(parent) => {
                let ticks = self.shared.clock.ticks();
                self.anchor = parent.anchor;
                self.is_of_entry = parent.is_of_entry;
                ticks
            }
            From::Now { enters } => {
                self.anchor = Anchor::new(&self.shared, start.start);
                self.is_of_entry = enters;
                self.anchor.ticks
            }
        };
        self.started = match start.start {
            None => Started::Ticks(ticks),
            Some(at) => Started::Wall(unix_nanos(at)),
        };
        *self.kind.get_mut() = start.kind as u8;
        *self.sampling.get_mut() = self.context.sampling() as u8;
    }

    pub(super) fn kind(&self) -> Kind {
        let kind = self.kind.load(Ordering::Relaxed);
        match kind {
            SERVER => Kind::Server,
            CLIENT => Kind::Client,
            PRODUCER => Kind::Producer,
            CONSUMER => Kind::Consumer,
            _ => Kind::Local,
        }
    }

    pub(super) fn set_kind(&self, kind: Kind) {
        self.kind.store(kind as u8, Ordering::Relaxed);
    }

    pub(super) fn sampling(&self) -> Sampling {
        let sampling = self.sampling.load(Ordering::Relaxed);
        match sampling {
            DROP => Sampling::Drop,
            RECORD => Sampling::Record,
            DEBUG => Sampling::Debug,
            _ => Sampling::Defer,
        }
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

    /// Start and duration of a span that ends now, or ended at a time of its own.
    #[inline]
    pub(super) fn times(&self, end: Option<SystemTime>) -> [u64; 2] {
        let (start, end) = match (self.started, end) {
            (Started::Ticks(ticks), None) => self.anchor.wall_at_and_now(&self.shared, ticks),
            _ => (self.start(), self.now_or(end)),
        };
        let start = start.max(self.anchor.floor);
        [start, end.saturating_sub(start)]
    }

    #[cold]
    fn start(&self) -> u64 {
        match self.started {
            Started::Ticks(ticks) => self.anchor.wall_at(&self.shared, ticks),
            Started::Wall(at) => at,
        }
    }

    /// Reports what was recorded, which is done with.
    #[inline(always)]
    pub(super) fn report(&self, state: &mut State, times: [u64; 2]) {
        let sampled = self.sampling().is_sampled();
        if !sampled && !self.shared.records_unsampled {
            return;
        }
        state.head.flag(SAMPLED, sampled);
        let request = if self.is_of_entry {
            self.anchor.ticks
        } else {
            0
        };
        let recorded = state.close(&self.context, self.kind(), times, request);
        self.shared.reporter.take(&recorded);
    }
}
