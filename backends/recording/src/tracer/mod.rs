//! The tracer that records.

mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracer_core::{
    Extra, Extract, Extracted, FlushError, Inject, Kind, OpenSpan, Parent, Sampling, SpanContext,
    SpanId, SpanRef, SpanStart, Tag, TraceId, Tracer,
};

use crate::propagation::Propagation;
use crate::recorder::{self, Identity};
use crate::reporter::Reporter;
use crate::sampler::SamplingQuestion;
use crate::shared::Shared;

pub use builder::Builder;

/// A [`Tracer`] made of a sampler, propagation formats and a reporter.
///
/// Dropping it tells its reporter that no more will come; spans that are still open are reported
/// when they end, and counted as lost by a reporter that has closed.
pub struct RecordingTracer {
    shared: Arc<Shared>,
}

impl RecordingTracer {
    /// A builder. Every tracer has a service name and a reporter; an empty name becomes that of
    /// [`unknown_service`](crate::unknown_service).
    pub fn builder(service: impl Into<String>, reporter: impl Reporter + 'static) -> Builder {
        Builder::new(service.into(), reporter)
    }

    /// The propagation formats, for their counters.
    pub fn propagation(&self) -> &Propagation {
        &self.shared.propagation
    }

    #[inline(always)]
    fn root(
        &self,
        decision: Sampling,
        extra: Option<&Arc<Extra>>,
        debug_id: Option<&str>,
        start: &SpanStart<'_>,
    ) -> OpenSpan {
        let shared = &self.shared;
        let (trace, span) = TraceId::random_with_span(shared.trace_id_128);
        let sampling = self.decide(decision, trace, start);
        let context = SpanContext::new(trace, span, sampling)
            .with_random(shared.random_flag)
            .with_extra(start.extra.or(extra).cloned());
        match debug_id {
            // Built where it is wanted: a move of it costs as much as its id.
            None => self.open(context, false, false, start),
            Some(id) => {
                let span = self.open(context, false, false, start);
                span.set_tags(&[Tag::new("jaeger-debug-id", id)]);
                span
            }
        }
    }

    fn remote(&self, extracted: &Extracted, start: &SpanStart<'_>) -> OpenSpan {
        let Some(caller) = extracted.span_context() else {
            let (decision, extra) = (extracted.sampling(), extracted.extra());
            return self.root(decision, extra, extracted.debug_id(), start);
        };
        if caller.is_pass() {
            return self.below(caller, start);
        }
        let sampling = self.decide(caller.sampling(), caller.trace_id(), start);
        let joins = self.shared.join && extracted.is_joinable() && start.kind == Kind::Server;
        let context = if joins {
            let same = SpanContext::new(caller.trace_id(), caller.span_id(), sampling);
            same.with_parent(caller.parent_id())
                .with_random(caller.is_random())
        } else {
            caller.child_with(SpanId::random(), sampling, None)
        };
        let context = context.with_extra(start.extra.or(caller.extra()).cloned());
        // A caller that deferred does not report its half, so there is nothing to share.
        let shares = joins && caller.sampling().is_decided();
        self.open(context, shares, true, start)
    }

    fn local(&self, span: &SpanRef, start: SpanStart<'_>) -> OpenSpan {
        let bare = span.context().filter(|_| !span.is_recording());
        let Some(context) = bare.filter(|_| !span.is_pass()) else {
            return span.start_child(start);
        };
        // Only the application can start to record below a span that is not recorded. A context
        // that says more was kept by somebody, or is what an ended span left.
        let dropped = context.sampling() == Sampling::Drop && !self.shared.records_unsampled;
        if dropped && start.priority.is_none() {
            return span.start_child(start);
        }
        self.below(context, &start)
    }

    fn below(&self, parent: &SpanContext, start: &SpanStart<'_>) -> OpenSpan {
        if parent.is_pass() {
            return SpanRef::from_context(parent.clone()).start_child(*start);
        }
        // What was decided in this process stands: a sampler that overrules callers is asked once.
        let sampling = match parent.sampling().told(start.priority) {
            Sampling::Defer => self.decide(Sampling::Defer, parent.trace_id(), start),
            decided => decided,
        };
        if !sampling.is_sampled() && !self.shared.records_unsampled {
            let parent = parent.clone().with_sampling(sampling);
            return SpanRef::from_context(parent).start_child(*start);
        }
        let context = parent.child(SpanId::random()).with_sampling(sampling);
        let extra = start.extra.or(parent.extra()).cloned();
        self.open(context.with_extra(extra), false, false, start)
    }

    fn open(
        &self,
        context: SpanContext,
        shared: bool,
        remote_parent: bool,
        start: &SpanStart<'_>,
    ) -> OpenSpan {
        if context.sampling().is_sampled() || self.shared.records_unsampled {
            let identity = Identity {
                context,
                shared,
                remote_parent,
            };
            recorder::start(&self.shared, identity, start)
        } else {
            OpenSpan::from_context(context)
        }
    }

    /// The application's word, then debug, then the caller's unless the sampler overrules it, then
    /// the layer's opinion if the caller deferred, then the sampler.
    fn decide(&self, caller: Sampling, trace_id: TraceId, start: &SpanStart<'_>) -> Sampling {
        let sampler = &self.shared.sampler;
        if let Some(priority) = start.priority {
            return caller.told(Some(priority));
        }
        if caller == Sampling::Debug || (caller.is_decided() && !sampler.overrules_caller()) {
            return caller;
        }
        if let (Sampling::Defer, Some(opinion)) = (caller, start.opinion) {
            return opinion;
        }
        let question = SamplingQuestion::about(trace_id, &start.name, start.kind);
        if sampler.sample(&question) {
            Sampling::Record
        } else {
            Sampling::Drop
        }
    }
}

impl Tracer for RecordingTracer {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        match start.parent {
            // Another tracer may record the parent.
            Parent::Local(span) if self.shared.disabled && !span.is_pass() => {
                OpenSpan::carrying(span)
            }
            Parent::Local(span) if span.has_children() => self.local(span, start),
            _ if self.shared.disabled => match start.parent {
                Parent::Remote(extracted) => OpenSpan::pass_through(extracted),
                Parent::ChildOf(context) | Parent::Follows(context) => {
                    OpenSpan::carrying(&SpanRef::from_context(context.clone()))
                }
                _ => OpenSpan::none(),
            },
            Parent::Local(span) => self.root(span.sampling(), span.extra(), None, &start),
            Parent::None => self.root(Sampling::Defer, None, None, &start),
            Parent::Remote(extracted) => self.remote(extracted, &start),
            Parent::ChildOf(context) | Parent::Follows(context) => self.below(context, &start),
        }
    }

    fn extract(&self, carrier: &dyn Extract) -> Extracted {
        self.shared.propagation.extract(carrier)
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        self.shared.propagation.inject(span, carrier);
    }

    fn inject_message(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        self.shared.propagation.inject_message(span, carrier);
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        self.shared.propagation.clear(carrier);
    }

    fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        self.shared.reporter.flush(timeout)
    }
}

impl Drop for RecordingTracer {
    fn drop(&mut self) {
        recorder::forget(&self.shared);
        self.shared.reporter.detached();
    }
}

impl fmt::Debug for RecordingTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingTracer")
            .field("local", &self.shared.local)
            .finish_non_exhaustive()
    }
}
