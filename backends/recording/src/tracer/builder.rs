//! What a tracer is made of.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tracer_core::reseed;

use super::RecordingTracer;
use crate::clock::{Clock, SystemClock};
use crate::finished::OwnedEndpoint;
use crate::limits::SpanLimits;
use crate::propagation::Propagation;
use crate::reporter::{self, Reporter};
use crate::sampler::{Guarded, Sampler};
use crate::samplers::Always;
use crate::service::named;
use crate::shared::Shared;

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// Builds a [`RecordingTracer`].
#[must_use]
pub struct Builder {
    local: OwnedEndpoint,
    reporter: Box<dyn Reporter>,
    sampler: Box<dyn Sampler>,
    propagation: Option<Propagation>,
    clock: Option<Box<dyn Clock>>,
    limits: SpanLimits,
    baggage_tags: Vec<Box<str>>,
    join: Option<bool>,
    trace_id_128: bool,
    random_flag: bool,
    disabled: bool,
}

impl Builder {
    pub(super) fn new(service: String, reporter: impl Reporter + 'static) -> Self {
        Self {
            local: OwnedEndpoint {
                service: Some(named(service)),
                ..OwnedEndpoint::default()
            },
            reporter: Box::new(reporter::Guarded(reporter)),
            sampler: Box::new(Guarded(Always)),
            propagation: None,
            clock: None,
            limits: SpanLimits::default(),
            baggage_tags: Vec::new(),
            join: None,
            trace_id_128: true,
            random_flag: false,
            disabled: false,
        }
    }

    /// Who decides about new traces. Every trace unless set.
    pub fn sampler(mut self, sampler: impl Sampler + 'static) -> Self {
        self.sampler = Box::new(Guarded(sampler));
        self
    }

    /// Which headers are read and written; see [`Propagation`] for the defaults.
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.propagation = Some(propagation);
        self
    }

    /// The clock, for tests. Nothing stands between it and a request: it must not panic.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Box::new(clock));
        self
    }

    /// How much one span may hold.
    pub fn limits(mut self, limits: SpanLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Baggage items with these keys are copied onto every span that starts while they are carried,
    /// as tags of the same name. None unless set.
    pub fn baggage_tags<K: Into<Box<str>>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.baggage_tags = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Whether a SERVER span continued from B3 shares the caller's span id. Unless set, as the
    /// reporter supports it.
    pub fn join(mut self, join: bool) -> Self {
        self.join = Some(join);
        self
    }

    /// New traces get 64-bit ids instead of 128-bit ones.
    pub fn trace_id_64(mut self) -> Self {
        self.trace_id_128 = false;
        self
    }

    /// New traces set W3C's random flag. Off unless set: some peers drop such a `traceparent`.
    pub fn random_flag(mut self, on: bool) -> Self {
        self.random_flag = on;
        self
    }

    /// Records nothing, also not below what another tracer records, and still hands on what callers sent
    /// (`OTEL_SDK_DISABLED`).
    pub fn disabled(mut self, disabled: bool) -> Self {
        self.disabled = disabled;
        self
    }

    /// The address and port under which this service is known.
    pub fn address(mut self, ip: Option<IpAddr>, port: Option<u16>) -> Self {
        self.local.ip = ip;
        self.local.port = port;
        self
    }

    /// The tracer.
    pub fn build(self) -> RecordingTracer {
        // In a forked child, the ids of the parent would come again.
        reseed();
        self.reporter.attached();
        let reports_unsampled = self.reporter.wants_unsampled();
        RecordingTracer {
            shared: Arc::new(Shared {
                id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
                clock: self.clock.unwrap_or_else(|| Box::new(SystemClock::new())),
                join: self.join.unwrap_or_else(|| self.reporter.supports_join()),
                local: self.local,
                limits: self.limits,
                baggage_tags: self.baggage_tags,
                propagation: self.propagation.unwrap_or_default(),
                reporter: self.reporter,
                sampler: self.sampler,
                trace_id_128: self.trace_id_128,
                random_flag: self.random_flag,
                records_unsampled: reports_unsampled,
                disabled: self.disabled,
                gone: AtomicBool::new(false),
            }),
        }
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}
