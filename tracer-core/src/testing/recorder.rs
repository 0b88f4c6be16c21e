//! A span that is being kept.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::context::SpanContext;
use crate::id::SpanId;
use crate::sampling::Sampling;
use crate::span::{OpenSpan, Span, SpanRef};
use crate::tag::{End, Endpoint, Error, Kind, Name, Tag};
use crate::tracer::{Parent, Reference, ReferenceKind, SpanStart};

use super::span::{MockEndpoint, MockLog, MockSpan, merge, owned};
use super::tracer::Shared;

pub(super) struct Recorder {
    shared: Arc<Shared>,
    context: SpanContext,
    /// When the first span of this trace in this process started: nothing starts before it.
    earliest: SystemTime,
    state: Mutex<State>,
}

struct State {
    done: bool,
    /// The name was said after the start.
    named: bool,
    span: MockSpan,
}

impl Recorder {
    pub(super) fn start(
        shared: &Arc<Shared>,
        context: SpanContext,
        parent: Option<Reference>,
        earliest: Option<SystemTime>,
        start: &SpanStart<'_>,
    ) -> OpenSpan {
        let started = start.start.unwrap_or_else(|| shared.now());
        let started = earliest.map_or(started, |earliest| started.max(earliest));
        let mut tags = Vec::new();
        merge(&mut tags, owned(start.tags));
        let span = MockSpan {
            context: context.clone(),
            parent,
            references: start.references.to_vec(),
            kind: start.kind,
            name: start.name.get().to_string(),
            start: started,
            end: started,
            tags,
            logs: Vec::new(),
            remote: MockEndpoint::default(),
            error: None,
            sampling: context.sampling(),
            order: shared.next_order(),
        };
        let mut recorder = Self {
            shared: Arc::clone(shared),
            context,
            earliest: earliest.unwrap_or(started),
            state: Mutex::new(State {
                done: false,
                named: false,
                span,
            }),
        };
        start.describe(&mut recorder);
        OpenSpan::recording(Arc::new(recorder))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut MockSpan)) {
        let mut state = self.state();
        if !state.done {
            change(&mut state.span);
        }
    }
}

impl Span for Recorder {
    fn context(&self) -> &SpanContext {
        &self.context
    }

    fn kind(&self) -> Kind {
        self.state().span.kind
    }

    fn sampling(&self) -> Sampling {
        self.state().span.sampling
    }

    fn start_child(&self, start: SpanStart<'_>) -> OpenSpan {
        let sampling = self.sampling().told(start.priority);
        let extra = start.extra.or(self.context.extra()).cloned();
        let here = self.context.clone().with_sampling(sampling);
        if !sampling.is_sampled() {
            return SpanRef::from_context(here.with_extra(extra)).start_child(start);
        }
        let parent = Reference {
            kind: ReferenceKind::ChildOf,
            context: here.clone(),
        };
        let context = here.child(SpanId::random()).with_extra(extra);
        let start = SpanStart {
            parent: Parent::None,
            ..start
        };
        Self::start(
            &self.shared,
            context,
            Some(parent),
            Some(self.earliest),
            &start,
        )
    }

    fn set_name(&self, name: Name<'_>) {
        let mut state = self.state();
        if !state.done {
            state.named = true;
            state.span.name = name.to_string();
        }
    }

    fn set_late_name(&self, name: Name<'_>) {
        let mut state = self.state();
        if !state.done && !state.named {
            state.span.name = name.to_string();
        }
    }

    fn set_kind(&self, kind: Kind) {
        self.change(|span| span.kind = kind);
    }

    fn set_sampling(&self, sampling: Sampling) {
        self.change(|span| span.sampling = sampling);
    }

    fn set_tags(&self, tags: &[Tag<'_>]) {
        // Printed before the lock is taken: values may run a user's code.
        let tags = owned(tags);
        self.change(|span| merge(&mut span.tags, tags));
    }

    fn log(&self, at: Option<SystemTime>, fields: &[Tag<'_>]) {
        let log = MockLog {
            at: at.unwrap_or_else(|| self.shared.now()),
            fields: owned(fields),
        };
        self.change(|span| span.logs.push(log));
    }

    fn set_remote(&self, peer: Endpoint<'_>) {
        self.change(|span| span.remote.add(peer));
    }

    fn set_error(&self, error: Option<Error<'_>>) {
        let error = error.map(Into::into);
        self.change(|span| span.error = error);
    }

    fn has_error(&self) -> bool {
        self.state().span.error.is_some()
    }

    fn finish(self: Arc<Self>, end: End<'_>) {
        let (tags, error) = (owned(end.tags), end.error.map(Into::into));
        let at = end.at.unwrap_or_else(|| self.shared.now());
        let mut finished = None;
        {
            let mut state = self.state();
            if !state.done {
                state.done = true;
                merge(&mut state.span.tags, tags);
                state.span.error = error.or(state.span.error.take());
                state.span.end = at.max(state.span.start);
                if state.span.sampling.is_sampled() {
                    finished = Some(state.span.clone());
                }
            }
        }
        if let Some(span) = finished {
            self.shared.keep(span);
        }
    }

    fn abandon(self: Arc<Self>) {
        self.state().done = true;
    }
}
