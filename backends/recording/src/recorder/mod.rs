//! The span that records.

mod anchor;
mod facts;
mod pool;
mod span;
mod state;
mod store;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracer_core::{End, Extra, OpenSpan, Sampling, Span, SpanContext, SpanId, SpanStart, Tag};

use crate::message::{REMOTE_PARENT, SHARED};
use crate::shared::Shared;
use facts::{Facts, From};
use state::State;

pub(crate) use store::forget;

/// What identifies a new local root.
pub(crate) struct Identity {
    pub(crate) context: SpanContext,
    pub(crate) shared: bool,
    pub(crate) remote_parent: bool,
}

pub(crate) struct Recorder {
    facts: Facts,
    state: Mutex<State>,
}

/// Starts recording a local root.
// Out of line: spans that are not recorded need not be ready for it.
#[inline(never)]
pub(crate) fn start(shared: &Arc<Shared>, identity: Identity, start: &SpanStart<'_>) -> OpenSpan {
    let mut recorder = Recorder::free(shared);
    if let Some(recorder) = Arc::get_mut(&mut recorder) {
        let enters = identity.remote_parent || identity.context.parent_id().is_none();
        recorder.facts.context = identity.context;
        let flag = |flag, on| if on { flag } else { 0 };
        let flags = flag(SHARED, identity.shared) | flag(REMOTE_PARENT, identity.remote_parent);
        recorder.begin(flags, From::Now { enters }, start);
    }
    OpenSpan::recording(recorder)
}

/// Starts recording a child of a span of this process: its ids are written where they stay.
#[inline]
fn start_child(
    parent: &Facts,
    sampling: Sampling,
    extra: Option<&Arc<Extra>>,
    start: &SpanStart<'_>,
) -> OpenSpan {
    let mut recorder = Recorder::free(&parent.shared);
    if let Some(recorder) = Arc::get_mut(&mut recorder) {
        let context = &mut recorder.facts.context;
        context.become_child(&parent.context, SpanId::random(), sampling, extra);
        recorder.begin(0, From::Parent(parent), start);
    }
    OpenSpan::recording(recorder)
}

impl Recorder {
    /// A recorder that nobody else holds.
    #[inline(always)]
    fn free(shared: &Arc<Shared>) -> Arc<Self> {
        pool::take(shared).unwrap_or_else(|| Self::new(shared))
    }

    #[cold]
    #[inline(never)]
    fn new(shared: &Arc<Shared>) -> Arc<Self> {
        Arc::new(Self {
            facts: Facts::new(Arc::clone(shared)),
            state: Mutex::new(State::new(&shared.local)),
        })
    }

    /// Begins a span whose context it has been told.
    // In line: the ids are then still in registers.
    #[inline(always)]
    fn begin(&mut self, flags: u8, from: From<'_>, start: &SpanStart<'_>) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.reset();
        state.head.set_context(&self.facts.context);
        state.head.flag(flags, true);
        self.facts.begin(from, start);
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
        if let Some(name) = start.name.if_said() {
            return state.set_name(name, limits);
        }
        let operation = start.operation();
        if operation.is_some_and(|operation| state.set_operation(operation, limits)) {
            start.describe_beyond(self);
        } else {
            state.set_name(start.name.get(), limits);
            start.describe(self);
        }
    }

    /// Lets go of what an unusual span has left: it may be long until the next one comes.
    fn rest(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.rest();
        // Baggage may be large.
        if self.facts.context.extra().is_some() {
            self.facts.context = self.facts.context.clone().with_extra(None);
        }
    }

    /// Keeps no more room than usual spans need: it waits where many do.
    fn trim(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.trim();
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

    /// Ends and reports a span that nobody else holds, unless it has ended before.
    #[inline]
    fn finish_mut(&mut self, end: &End<'_>, times: [u64; 2]) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut state.done, true) {
            return;
        }
        let limits = &self.facts.shared.limits;
        if !end.tags.is_empty() {
            state.set_tags(end.tags, limits);
        }
        if end.error.is_some() {
            state.set_error(end.error, limits);
        }
        self.facts.report(state, times);
    }

    /// The same where others still hold it.
    #[cold]
    fn finish_held(&self, end: &End<'_>, times: [u64; 2]) {
        self.set_tags(end.tags);
        if end.error.is_some() {
            self.set_error(end.error);
        }
        let mut locked = self.lock();
        if locked.done {
            return;
        }
        // Taken out, because reporters are foreign code; what is left says that it is done.
        let mut state = std::mem::take(&mut *locked);
        locked.done = true;
        drop(locked);
        self.facts.report(&mut state, times);
    }
}
