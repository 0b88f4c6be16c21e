//! What a span that records does when it is told something.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use tracer_core::{
    End, Endpoint, Error, Kind, Name, OpenSpan, Sampling, Span, SpanContext, SpanRef, SpanStart,
    Tag, Value,
};

use super::{Recorder, pool, start_child};
use crate::fields::printed;
use crate::limits::SpanLimits;

impl Span for Recorder {
    fn context(&self) -> &SpanContext {
        &self.facts.context
    }

    fn kind(&self) -> Kind {
        self.facts.kind()
    }

    fn sampling(&self) -> Sampling {
        self.facts.sampling()
    }

    fn start_child(&self, start_of: SpanStart<'_>) -> OpenSpan {
        let sampling = self.sampling().told(start_of.priority);
        let extra = start_of.extra.or(self.facts.context.extra());
        if !sampling.is_sampled() && !self.facts.shared.records_unsampled {
            let context = self.facts.context.clone().with_sampling(sampling);
            let context = context.with_extra(extra.cloned());
            return SpanRef::from_context(context).start_child(start_of);
        }
        start_child(&self.facts, sampling, extra, &start_of)
    }

    fn set_name(&self, name: Name<'_>) {
        self.change(|state| {
            state.named = true;
            state.set_name(name, &self.facts.shared.limits);
        });
    }

    fn set_late_name(&self, name: Name<'_>) {
        self.change(|state| {
            if !state.named {
                state.set_name(name, &self.facts.shared.limits);
            }
        });
    }

    fn set_kind(&self, kind: Kind) {
        self.change(|_| self.facts.set_kind(kind));
    }

    fn set_sampling(&self, sampling: Sampling) {
        self.change(|_| self.facts.set_sampling(sampling));
    }

    fn set_tags(&self, tags: &[Tag<'_>]) {
        let limits = &self.facts.shared.limits;
        with_texts(tags, limits, |tags| {
            self.change(|state| state.set_tags(tags, limits));
        });
    }

    fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        self.change_mut(|state, shared| {
            state.set_tags(tags, &shared.limits);
        });
    }

    fn log(&self, at: Option<SystemTime>, fields: &[Tag<'_>]) {
        let time = self.facts.now_or(at);
        let limits = &self.facts.shared.limits;
        with_texts(fields, limits, |fields| {
            self.change(|state| state.log(time, fields, limits));
        });
    }

    fn set_remote(&self, peer: Endpoint<'_>) {
        self.change(|state| state.set_remote(peer, &self.facts.shared.limits));
    }

    fn set_remote_mut(&mut self, peer: Endpoint<'_>) {
        self.change_mut(|state, shared| state.set_remote(peer, &shared.limits));
    }

    fn set_error(&self, error: Option<Error<'_>>) {
        // Printed first: a message is foreign code, which never runs under the lock.
        let limits = &self.facts.shared.limits;
        let message = error
            .and_then(|error| error.message)
            .map(|message| printed(message, limits.value_bytes));
        let error = error.map(|error| Error {
            kind: error.kind,
            message: message.as_ref().map(|text| text as &dyn fmt::Display),
        });
        self.change(|state| state.set_error(error, limits));
    }

    fn has_error(&self) -> bool {
        self.lock().has_error()
    }

    fn finish(mut self: Arc<Self>, end: End<'_>) {
        let times = self.facts.times(end.at);
        match Arc::get_mut(&mut self) {
            Some(alone) => {
                alone.finish_mut(&end, times);
                pool::give_back(self);
            }
            None => self.finish_held(&end, times),
        }
    }

    fn abandon(self: Arc<Self>) {
        self.lock().done = true;
    }
}

/// Prints what prints itself, before a lock is taken: foreign code never runs under it.
fn with_texts(tags: &[Tag<'_>], limits: &SpanLimits, f: impl FnOnce(&[Tag<'_>])) {
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
                printed(&tag.value, limits.value_bytes)
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
