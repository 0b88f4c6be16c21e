//! The span that records.

mod anchor;
mod pool;
mod span;
mod state;

use std::sync::atomic::AtomicU8;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tracer_core::{OpenSpan, Span, SpanContext, SpanStart, Tag};

use crate::clock::unix_nanos;
use crate::finished::FinishedSpan;
use crate::shared::Shared;
use anchor::{Anchor, Started};
use state::State;

/// What identifies a new span.
pub(crate) struct Identity {
    pub(crate) context: SpanContext,
    pub(crate) shared: bool,
    pub(crate) remote_parent: bool,
    /// Of the local root, if there is one already.
    pub(crate) anchor: Option<Anchor>,
}

pub(crate) struct Recorder {
    // Stays while the recorder is used again and again: counting it per span would make all
    // threads fight for one cache line.
    shared: Arc<Shared>,
    context: SpanContext,
    is_shared: bool,
    remote_parent: bool,
    anchor: Anchor,
    started: Started,
    kind: AtomicU8,
    sampling: AtomicU8,
    state: Mutex<State>,
}

/// Starts recording a span.
pub(crate) fn start(shared: &Arc<Shared>, identity: Identity, start: &SpanStart<'_>) -> OpenSpan {
    let mut recorder = pool::take(shared).unwrap_or_else(|| {
        Arc::new(Recorder {
            shared: Arc::clone(shared),
            context: identity.context.clone(),
            is_shared: false,
            remote_parent: false,
            anchor: Anchor::default(),
            started: Started::Ticks(0),
            kind: AtomicU8::new(0),
            sampling: AtomicU8::new(0),
            state: Mutex::default(),
        })
    });
    // A recorder from the pool or a new one has one handle.
    if let Some(recorder) = Arc::get_mut(&mut recorder) {
        recorder.begin(identity, start);
    }
    OpenSpan::recording(recorder)
}

impl Recorder {
    fn begin(&mut self, identity: Identity, start: &SpanStart<'_>) {
        let Identity {
            context,
            shared,
            remote_parent,
            anchor,
        } = identity;
        (self.anchor, self.started) = match anchor {
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
        *self.sampling.get_mut() = context.sampling() as u8;
        self.context = context;
        self.is_shared = shared;
        self.remote_parent = remote_parent;
        let limits = &self.shared.limits;
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.reset();
        state.set_name(start.name, limits);
        if !start.references.is_empty() {
            state.refer(start.references, limits);
        }
        for key in &self.shared.baggage_tags {
            if let Some(value) = self.context.baggage(key) {
                state.set_tag(&Tag::new(key, value), limits);
            }
        }
        for tag in start.tags {
            state.set_tag(tag, limits);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state unless the span has ended.
    fn change(&self, f: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        if !state.done {
            f(&mut state);
        }
    }

    fn change_mut(&mut self, f: impl FnOnce(&mut State, &Shared)) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !state.done {
            f(state, &self.shared);
        }
    }

    fn now_or(&self, at: Option<SystemTime>) -> u64 {
        match at {
            Some(at) => unix_nanos(at),
            None => self.anchor.wall_at(&self.shared, self.shared.clock.ticks()),
        }
    }

    fn report(&self, state: &State, end: u64) {
        let sampled = self.sampling().is_sampled();
        if !sampled && !self.shared.records_unsampled {
            return;
        }
        let start = match self.started {
            Started::Ticks(ticks) => self.anchor.wall_at(&self.shared, ticks),
            Started::Wall(at) => at,
        };
        let start = start.max(self.anchor.floor);
        self.shared.reporter.report(&FinishedSpan {
            context: &self.context,
            shared: self.is_shared,
            remote_parent: self.remote_parent,
            sampled,
            kind: self.kind(),
            name: &state.name,
            start,
            duration: end.saturating_sub(start),
            error: state.error(),
            local: self.shared.local.as_endpoint(),
            remote: state.remote(),
            left_out: state.left_out,
            tags: state.tags(),
            logs: state.logs(),
            references: &state.references,
        });
    }
}
