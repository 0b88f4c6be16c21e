//! The span that records.

mod pool;
mod state;

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use tracer_core::{
    End, Endpoint, Error, Extra, Kind, Name, OpenSpan, Sampling, Span, SpanContext, SpanId,
    SpanStart, Tag, Value,
};

use crate::clock::unix_nanos;
use crate::finished::FinishedSpan;
use crate::shared::Shared;
use state::State;

/// Wall time and ticks read together at a local root. Everything below it is measured from here, so
/// that a step of the wall clock cannot pull a trace apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    wall: u64,
    ticks: u64,
    /// When the local root started: nothing below starts earlier.
    floor: u64,
}

impl Anchor {
    pub(crate) fn new(shared: &Shared, start: Option<SystemTime>) -> Self {
        let wall = shared.clock.wall();
        let ticks = shared.clock.ticks();
        Self {
            wall,
            ticks,
            floor: start.map_or(wall, unix_nanos),
        }
    }

    fn wall_at(&self, shared: &Shared, ticks: u64) -> u64 {
        self.wall
            .saturating_add(shared.clock.nanos_between(self.ticks, ticks))
    }
}

/// When a span started: read from the ticks, or told.
#[derive(Clone, Copy, Debug)]
enum Started {
    Ticks(u64),
    Wall(u64),
}

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

/// Starts recording a span.
pub(crate) fn start(shared: &Arc<Shared>, identity: Identity, start: &SpanStart<'_>) -> OpenSpan {
    let mut recorder = pool::take(shared).unwrap_or_else(|| {
        Arc::new(Recorder {
            shared: Arc::clone(shared),
            context: identity.context.clone(),
            is_shared: false,
            remote_parent: false,
            anchor: Anchor {
                wall: 0,
                ticks: 0,
                floor: 0,
            },
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
        if !sampled {
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

impl Span for Recorder {
    fn context(&self) -> &SpanContext {
        &self.context
    }

    fn kind(&self) -> Kind {
        let kind = self.kind.load(Ordering::Relaxed);
        KINDS.get(usize::from(kind)).copied().unwrap_or_default()
    }

    fn sampling(&self) -> Sampling {
        let sampling = self.sampling.load(Ordering::Relaxed);
        SAMPLINGS
            .get(usize::from(sampling))
            .copied()
            .unwrap_or_default()
    }

    fn start_child(&self, start_of: SpanStart<'_>) -> OpenSpan {
        let sampling = start_of.priority.unwrap_or(self.sampling());
        let extra: Option<Arc<Extra>> = start_of.extra.or(self.context.extra()).cloned();
        let context = self
            .context
            .child(SpanId::random())
            .with_sampling(sampling)
            .with_extra(extra);
        if !sampling.is_sampled() {
            return OpenSpan::from_context(context);
        }
        let identity = Identity {
            context,
            shared: false,
            remote_parent: false,
            anchor: Some(self.anchor),
        };
        start(&self.shared, identity, &start_of)
    }

    fn set_name(&self, name: Name<'_>) {
        self.change(|state| state.set_name(name, &self.shared.limits));
    }

    fn set_kind(&self, kind: Kind) {
        self.change(|_| self.kind.store(kind as u8, Ordering::Relaxed));
    }

    fn set_sampling(&self, sampling: Sampling) {
        self.change(|_| self.sampling.store(sampling as u8, Ordering::Relaxed));
    }

    fn set_tags(&self, tags: &[Tag<'_>]) {
        printed(tags, |tags| {
            self.change(|state| {
                for tag in tags {
                    state.set_tag(tag, &self.shared.limits);
                }
            });
        });
    }

    fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        self.change_mut(|state, shared| {
            for tag in tags {
                state.set_tag(tag, &shared.limits);
            }
        });
    }

    fn log(&self, at: Option<SystemTime>, fields: &[Tag<'_>]) {
        let time = self.now_or(at);
        printed(fields, |fields| {
            self.change(|state| state.log(time, fields, &self.shared.limits));
        });
    }

    fn set_remote(&self, peer: Endpoint<'_>) {
        self.change(|state| state.set_remote(peer, &self.shared.limits));
    }

    fn set_remote_mut(&mut self, peer: Endpoint<'_>) {
        self.change_mut(|state, shared| state.set_remote(peer, &shared.limits));
    }

    fn set_error(&self, error: Option<Error<'_>>) {
        // Printed first: a message is foreign code, which never runs under the lock.
        let message = error
            .and_then(|error| error.message)
            .map(ToString::to_string);
        let error = error.map(|error| Error {
            kind: error.kind,
            message: message.as_ref().map(|text| text as &dyn fmt::Display),
        });
        self.change(|state| state.set_error(error, &self.shared.limits));
    }

    fn has_error(&self) -> bool {
        self.lock().has_error()
    }

    fn finish(mut self: Arc<Self>, end: End<'_>) {
        let at = self.now_or(end.at);
        if let Some(alone) = Arc::get_mut(&mut self) {
            alone.change_mut(|state, shared| {
                for tag in end.tags {
                    state.set_tag(tag, &shared.limits);
                }
                if end.error.is_some() {
                    state.set_error(end.error, &shared.limits);
                }
            });
            let state = alone
                .state
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut state.done, true) {
                let state = std::mem::take(state);
                alone.report(&state, at);
                *alone
                    .state
                    .get_mut()
                    .unwrap_or_else(PoisonError::into_inner) = state;
            }
            pool::give_back(self);
            return;
        }
        self.set_tags(end.tags);
        if end.error.is_some() {
            self.set_error(end.error);
        }
        let mut locked = self.lock();
        if locked.done {
            return;
        }
        // Taken out, because reporters are foreign code; what is left says that it is done.
        let state = std::mem::take(&mut *locked);
        locked.done = true;
        drop(locked);
        self.report(&state, at);
    }

    fn abandon(self: Arc<Self>) {
        self.lock().done = true;
    }
}

/// Prints what prints itself, before a lock is taken: foreign code never runs under it.
fn printed(tags: &[Tag<'_>], f: impl FnOnce(&[Tag<'_>])) {
    let plain = |tag: &Tag<'_>| {
        matches!(
            tag.value,
            Value::Str(_) | Value::Bool(_) | Value::I64(_) | Value::F64(_)
        )
    };
    if tags.iter().all(plain) {
        return f(tags);
    }
    let texts: Vec<String> = tags
        .iter()
        .map(|tag| {
            if plain(tag) {
                String::new()
            } else {
                tag.value.to_string()
            }
        })
        .collect();
    let tags: Vec<Tag<'_>> = tags
        .iter()
        .zip(&texts)
        .map(|(tag, text)| {
            if plain(tag) {
                *tag
            } else {
                Tag::new(tag.key, text)
            }
        })
        .collect();
    f(&tags);
}
