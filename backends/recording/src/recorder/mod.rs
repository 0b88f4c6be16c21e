//! The span that records.

mod anchor;
mod facts;
mod pool;
mod span;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracer_core::{OpenSpan, SpanContext, SpanStart, Tag};

use crate::message::{REMOTE_PARENT, SHARED};
use crate::shared::Shared;
use anchor::Anchor;
use facts::Facts;
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
    facts: Facts,
    state: Mutex<State>,
}

/// Starts recording a span.
pub(crate) fn start(shared: &Arc<Shared>, identity: Identity, start: &SpanStart<'_>) -> OpenSpan {
    let mut recorder = pool::take(shared).unwrap_or_else(|| {
        Arc::new(Recorder {
            facts: Facts::new(Arc::clone(shared), identity.context.clone()),
            state: Mutex::new(State::new(&shared.local)),
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
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.reset();
        state.head.set_context(&identity.context);
        state.head.flag(SHARED, identity.shared);
        state.head.flag(REMOTE_PARENT, identity.remote_parent);
        self.facts.begin(identity, start);
        let (shared, context) = (&self.facts.shared, &self.facts.context);
        let limits = &shared.limits;
        if !start.references.is_empty() {
            state.refer(start.references, limits);
        }
        for key in &shared.baggage_tags {
            if let Some(value) = context.baggage(key) {
                state.set_tags(&[Tag::new(key, value)], limits);
            }
        }
        if !start.tags.is_empty() {
            state.set_tags(start.tags, limits);
        }
        let operation = start.operation();
        if operation.is_some_and(|operation| state.set_operation(operation, limits)) {
            start.describe_beyond(self);
        } else {
            state.set_name(start.name.get(), limits);
            start.describe(self);
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
            f(state, &self.facts.shared);
        }
    }

    /// Reports a span that nobody else holds, unless it has ended before.
    fn report_mut(&mut self, end: u64) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut state.done, true) {
            self.facts.report(state, end);
        }
    }
}
