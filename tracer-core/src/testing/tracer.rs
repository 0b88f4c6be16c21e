//! The tracer for tests.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::carrier::{Extract, Inject};
use crate::context::{Extra, Extracted, SpanContext};
use crate::id::{SpanId, TraceId};
use crate::sampling::Sampling;
use crate::span::{OpenSpan, SpanRef};
use crate::tracer::{FlushError, Parent, Reference, ReferenceKind, SpanStart, Tracer};

use super::recorder::Recorder;
use super::span::MockSpan;
use super::{format, tree};

/// Keeps finished spans in memory. Clones share them.
///
/// See the [module docs](crate::testing) for an example, the tree and the headers.
#[derive(Clone)]
pub struct MockTracer {
    shared: Arc<Shared>,
    sampling: Sampling,
}

pub(super) struct Shared {
    // One wall-clock read: everything else is an offset, so that time never runs backwards.
    wall: SystemTime,
    clock: Instant,
    order: AtomicU64,
    finished: Mutex<Vec<MockSpan>>,
    arrived: Condvar,
}

impl Shared {
    pub(super) fn now(&self) -> SystemTime {
        self.wall + self.clock.elapsed()
    }

    pub(super) fn next_order(&self) -> u64 {
        self.order.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn keep(&self, span: MockSpan) {
        self.finished().push(span);
        self.arrived.notify_all();
    }

    fn finished(&self) -> MutexGuard<'_, Vec<MockSpan>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MockTracer {
    /// Keeps every span, and samples every trace that nobody has decided on.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                wall: SystemTime::now(),
                clock: Instant::now(),
                order: AtomicU64::new(0),
                finished: Mutex::new(Vec::new()),
                arrived: Condvar::new(),
            }),
            sampling: Sampling::Record,
        }
    }

    /// The decision on traces that nobody else has decided on; `Record` unless said. Under `Drop`
    /// and `Defer` spans are carried, not kept. Clones made earlier keep their own setting.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// The sampled spans that have finished, in the order in which they finished.
    pub fn finished(&self) -> Vec<MockSpan> {
        self.shared.finished().clone()
    }

    /// Forgets the finished spans. Open ones go on.
    pub fn reset(&self) {
        self.shared.finished().clear();
    }

    /// The finished spans as text; the [module docs](crate::testing#the-tree) tell its form.
    pub fn tree(&self) -> String {
        tree::render(&self.finished())
    }

    /// Blocks until `spans` spans or more have finished, at most until `timeout` is over, and
    /// returns those that have: fewer when the time was up.
    pub fn wait_for(&self, spans: usize, timeout: Duration) -> Vec<MockSpan> {
        let finished = self.shared.finished();
        let waited = self
            .shared
            .arrived
            .wait_timeout_while(finished, timeout, |finished| finished.len() < spans);
        match waited {
            Ok((finished, _)) => finished.clone(),
            Err(poisoned) => poisoned.into_inner().0.clone(),
        }
    }

    fn root(
        &self,
        start: &SpanStart<'_>,
        upstream: Sampling,
        extra: Option<&Arc<Extra>>,
    ) -> OpenSpan {
        let context = SpanContext::new(
            TraceId::random(true),
            SpanId::random(),
            self.decide(start, upstream),
        )
        .with_extra(start.extra.or(extra).cloned());
        self.carry(context, None, start)
    }

    /// The child of a context that this tracer has no recorder for.
    fn below(&self, parent: &SpanContext, kind: ReferenceKind, start: SpanStart<'_>) -> OpenSpan {
        if parent.is_pass() {
            return SpanRef::from_context(parent.clone()).start_child(start);
        }
        let parent = parent
            .clone()
            .with_sampling(self.decide(&start, parent.sampling()));
        let remote = matches!(start.parent, Parent::Remote(_));
        if !(remote || parent.sampling().is_sampled()) {
            return SpanRef::from_context(parent).start_child(start);
        }
        let extra = start.extra.or(parent.extra()).cloned();
        let context = parent.child(SpanId::random()).with_extra(extra);
        let parent = Reference {
            kind,
            context: parent,
        };
        self.carry(context, Some(parent), &start)
    }

    fn carry(
        &self,
        context: SpanContext,
        parent: Option<Reference>,
        start: &SpanStart<'_>,
    ) -> OpenSpan {
        if context.sampling().is_sampled() {
            Recorder::start(&self.shared, context, parent, None, start)
        } else {
            OpenSpan::from_context(context)
        }
    }

    fn decide(&self, start: &SpanStart<'_>, upstream: Sampling) -> Sampling {
        let opinion = start.opinion.unwrap_or_default();
        match (start.priority, upstream, opinion) {
            (Some(_), upstream, _) => upstream.told(start.priority),
            (None, Sampling::Defer, Sampling::Defer) => self.sampling,
            (None, Sampling::Defer, opinion) => opinion,
            (None, upstream, _) => upstream,
        }
    }
}

impl Tracer for MockTracer {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        match start.parent {
            Parent::None => self.root(&start, Sampling::Defer, None),
            Parent::Remote(extracted) => match extracted.span_context() {
                Some(context) => self.below(context, ReferenceKind::ChildOf, start),
                None => self.root(&start, extracted.sampling(), extracted.extra()),
            },
            Parent::Local(span) if span.is_recording() || span.is_pass() => span.start_child(start),
            Parent::Local(span) => match span.context() {
                Some(context) => self.below(context, ReferenceKind::ChildOf, start),
                None => self.root(&start, span.sampling(), span.extra()),
            },
            Parent::ChildOf(context) => self.below(context, ReferenceKind::ChildOf, start),
            Parent::Follows(context) => self.below(context, ReferenceKind::FollowsFrom, start),
        }
    }

    fn extract(&self, carrier: &dyn Extract) -> Extracted {
        format::extract(carrier)
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        if !span.is_none() {
            format::clear(carrier);
            format::inject(span, carrier);
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        format::clear(carrier);
    }

    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Ok(())
    }
}

impl Default for MockTracer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MockTracer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockTracer")
            .field("sampling", &self.sampling)
            .field("finished", &self.shared.finished().len())
            .finish()
    }
}
