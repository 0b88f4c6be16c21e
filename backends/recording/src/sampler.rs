//! Who decides whether a new trace is recorded.

use std::sync::Arc;

use tracer_core::{Kind, Name, StartName, TraceId};

use crate::guard::{Watching, guarded};

/// What a sampler is asked about: the root of a trace, or a request whose caller deferred.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SamplingQuestion<'a> {
    /// The trace.
    pub trace_id: TraceId,
    /// The role of the span.
    pub kind: Kind,
    name: Asked<'a>,
}

/// Lent where a span starts: a name is larger than the answer that most samplers find without it.
#[derive(Clone, Copy, Debug)]
enum Asked<'a> {
    Given(StartName<'a>),
    Lent(&'a StartName<'a>),
}

impl<'a> SamplingQuestion<'a> {
    /// A question.
    pub fn new(trace_id: TraceId, name: impl Into<StartName<'a>>, kind: Kind) -> Self {
        Self {
            trace_id,
            kind,
            name: Asked::Given(name.into()),
        }
    }

    /// About a span that starts.
    #[inline]
    pub(crate) const fn about(trace_id: TraceId, name: &'a StartName<'a>, kind: Kind) -> Self {
        Self {
            trace_id,
            kind,
            name: Asked::Lent(name),
        }
    }

    /// The name of the span, as far as it is known at its start. Found out when it is asked for,
    /// which a sampler that needs no name need not pay for.
    pub fn name(&self) -> Name<'a> {
        match self.name {
            Asked::Given(name) => name.get(),
            Asked::Lent(name) => name.get(),
        }
    }
}

/// Decides whether a trace is recorded. Runs on the request's thread. If it panics, the panic is
/// caught, and the trace is not recorded; nor is a trace that begins within a sampler, which would ask it again.
pub trait Sampler: Send + Sync {
    /// True to record.
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool;

    /// True for a sampler that is asked even where the caller has decided (all but debug): the
    /// variants without `parentbased_` in OpenTelemetry's names.
    fn overrules_caller(&self) -> bool {
        false
    }
}

/// A sampler at arm's length: what only watches a request must not break it.
pub(crate) struct Guarded<S>(pub(crate) S);

impl<S: Sampler> Sampler for Guarded<S> {
    fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
        let Some(_watching) = Watching::begin() else {
            return false;
        };
        guarded(|| self.0.sample(question)).unwrap_or(false)
    }

    fn overrules_caller(&self) -> bool {
        guarded(|| self.0.overrules_caller()).unwrap_or(false)
    }
}

macro_rules! forward {
    ($($pointer:ident),*) => {$(
        impl<S: Sampler + ?Sized> Sampler for $pointer<S> {
            fn sample(&self, question: &SamplingQuestion<'_>) -> bool {
                (**self).sample(question)
            }

            fn overrules_caller(&self) -> bool {
                (**self).overrules_caller()
            }
        }
    )*};
}
forward!(Box, Arc);
