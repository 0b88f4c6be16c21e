//! The current span of a thread, and what carries it over callbacks, futures and threads.
//!
//! A future takes its span along: it is current during every poll and while the future is dropped,
//! and nowhere else. Threads and tasks inherit nothing by themselves.
//!
//! ```
//! use tracer_core::current::{self, FutureExt};
//! use tracer_core::testing::MockTracer;
//! use tracer_core::{SpanRef, TracerExt};
//!
//! let tracer = MockTracer::new();
//! let job = tracer.span("job").start();
//! let task = async { SpanRef::current().set_tag("seen", true) }.in_span(job.handle());
//! let thread = current::bind(&job, || SpanRef::current().span_id());
//! assert_eq!(std::thread::spawn(thread).join().unwrap(), job.span_id());
//! assert!(SpanRef::current().is_none());
//! # drop(task);
//! ```

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::baggage::InvalidKey;
use crate::context::Extra;
use crate::in_flight::InFlight;
use crate::span::{OpenSpan, SpanRef};

/// What a thread or a future has current: a span, and over it what guards have put there. A guard
/// that is held across an await stays with its future instead of leaking to the next one.
pub(crate) struct Slot {
    pub(crate) span: SpanRef,
    #[expect(
        clippy::box_collection,
        reason = "one word: the slot is moved with every request and swapped on every poll"
    )]
    over: Option<Box<Vec<Over>>>,
}

struct Over {
    token: u64,
    span: SpanRef,
}

impl Slot {
    pub(crate) const fn new(span: SpanRef) -> Self {
        Self { span, over: None }
    }

    fn active(&self) -> &SpanRef {
        match &self.over {
            Some(over) => over.last().map_or(&self.span, |over| &over.span),
            None => &self.span,
        }
    }

    fn active_mut(&mut self) -> &mut SpanRef {
        match &mut self.over {
            Some(over) => over
                .last_mut()
                .map_or(&mut self.span, |over| &mut over.span),
            None => &mut self.span,
        }
    }
}

thread_local! {
    // `ManuallyDrop`: no destructor to register and no state to check on each access. What stands
    // here is normally nothing when a thread ends; only a leaked guard can leave a span.
    static CURRENT: ManuallyDrop<RefCell<Slot>> =
        const { ManuallyDrop::new(RefCell::new(Slot::new(SpanRef::none()))) };
    static NEXT_TOKEN: Cell<u64> = const { Cell::new(0) };
}

/// Swaps a slot with the thread's. Nothing is dropped here, so no foreign code runs under the
/// borrow.
#[inline]
pub(crate) fn swap(slot: &mut Slot) {
    CURRENT.with(|current| {
        if let Ok(mut current) = current.try_borrow_mut() {
            std::mem::swap(&mut *current, slot);
        }
    });
}

pub(crate) fn get() -> SpanRef {
    CURRENT.with(|current| {
        current
            .try_borrow()
            .map_or(SpanRef::none(), |current| current.active().clone())
    })
}

/// Sets a baggage item on the current span's handle: it lasts for the rest of the request (the
/// layer's future keeps it), reaches outgoing calls and later children, sampled or not. Contexts
/// cloned earlier do not change.
///
/// # Errors
///
/// [`InvalidKey`] when the key is no token of RFC 9110.
pub fn set_baggage(key: &str, value: &str) -> Result<(), InvalidKey> {
    let mut extra = get()
        .extra()
        .map(|extra| (**extra).clone())
        .unwrap_or_default();
    extra.baggage.set(key, value)?;
    replace_extra(extra);
    Ok(())
}

/// Removes a baggage item from the current span's handle.
pub fn remove_baggage(key: &str) {
    if let Some(extra) = get().extra() {
        let mut extra = (**extra).clone();
        extra.baggage.remove(key);
        replace_extra(extra);
    }
}

fn replace_extra(extra: Extra) {
    let mut with_extra = get().with_extra(Some(Arc::new(extra)));
    CURRENT.with(|current| {
        if let Ok(mut current) = current.try_borrow_mut() {
            std::mem::swap(current.active_mut(), &mut with_extra);
        }
    });
}

/// Makes a span current until it is dropped. Dropped out of order, it leaves the current span
/// alone. It stays on its thread.
#[must_use = "the span is current only as long as the guard lives"]
#[derive(Debug)]
pub struct Guard {
    token: u64,
    not_send: PhantomData<*const ()>,
}

impl Guard {
    fn enter(span: SpanRef) -> Self {
        let token = NEXT_TOKEN.with(|next| next.replace(next.get().wrapping_add(1)));
        let mut entry = Some(Over { token, span });
        CURRENT.with(|current| {
            if let Ok(mut current) = current.try_borrow_mut() {
                current.over.get_or_insert_default().extend(entry.take());
            }
        });
        Self {
            token,
            not_send: PhantomData,
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Dropped outside the borrow: the last handle of a span may run a vendor's code.
        let _removed: (Option<Over>, Option<Box<Vec<Over>>>) = CURRENT.with(|current| {
            let Ok(mut current) = current.try_borrow_mut() else {
                return (None, None);
            };
            let Some(over) = &mut current.over else {
                return (None, None);
            };
            let at = over.iter().rposition(|entry| entry.token == self.token);
            let entry = at.map(|at| over.remove(at));
            let emptied = if over.is_empty() {
                current.over.take()
            } else {
                None
            };
            (entry, emptied)
        });
    }
}

/// A span that is current, and finished when this is dropped.
#[must_use = "the span ends when the scope is dropped"]
#[derive(Debug)]
pub struct ScopedSpan {
    // Declared first: no longer current when the span finishes.
    guard: Guard,
    span: OpenSpan,
}

impl ScopedSpan {
    /// The span.
    pub fn span(&self) -> &SpanRef {
        &self.span
    }

    /// Ends being current; the span goes on.
    pub fn into_span(self) -> OpenSpan {
        let Self { guard, span } = self;
        drop(guard);
        span
    }
}

impl SpanRef {
    /// Makes this span current on this thread until the guard is dropped. Does not finish it.
    ///
    /// In async code use [`in_span`](FutureExt::in_span): a guard is not for holding across an
    /// await (it stays with the future, and other tasks are not disturbed).
    pub fn enter(&self) -> Guard {
        Guard::enter(self.clone())
    }

    /// Runs `f` with this span current.
    pub fn scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let _guard = self.enter();
        f()
    }
}

impl OpenSpan {
    /// Makes this span current on this thread; it finishes when the scope is dropped.
    pub fn into_scope(self) -> ScopedSpan {
        ScopedSpan {
            guard: self.enter(),
            span: self,
        }
    }
}

/// A closure that runs with this span current: for `spawn_blocking`, threads and callbacks. It
/// borrows nothing from the span, which may end before it runs.
pub fn bind<T, F: FnOnce() -> T>(span: &SpanRef, f: F) -> impl FnOnce() -> T + use<T, F> {
    let span = span.clone();
    move || span.scope(f)
}

/// A span that a future takes along: owned (it ends with the future) or only current.
#[derive(Debug)]
pub struct Along(InFlight);

impl From<OpenSpan> for Along {
    fn from(span: OpenSpan) -> Self {
        Self(InFlight::new(span))
    }
}

impl From<SpanRef> for Along {
    fn from(span: SpanRef) -> Self {
        Self(InFlight::borrowed(span))
    }
}

impl From<&SpanRef> for Along {
    fn from(span: &SpanRef) -> Self {
        Self(InFlight::borrowed(span.clone()))
    }
}

/// Futures that take a span along.
pub trait FutureExt: Future + Sized {
    /// The span is current during every poll and while the future is dropped. An
    /// [`OpenSpan`] finishes when the future completes; dropped earlier it is tagged
    /// `cancelled=true`. A [`SpanRef`] is only current, as for `tokio::spawn`:
    /// `tokio::spawn(work.in_span(SpanRef::current()))`.
    fn in_span(self, span: impl Into<Along>) -> InSpan<Self> {
        InSpan {
            inner: Some(self),
            flight: span.into().0,
        }
    }
}

impl<F: Future> FutureExt for F {}

pin_project_lite::pin_project! {
    /// A future with a span; see [`FutureExt::in_span`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F> {
        #[pin]
        inner: Option<F>,
        flight: InFlight,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _scope = this.flight.enter();
            this.inner.set(None);
        }
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            // Polled after it was dropped in place: nothing can be returned any more.
            return Poll::Pending;
        };
        let polled = {
            let _scope = this.flight.enter();
            inner.poll(cx)
        };
        if polled.is_ready() {
            this.flight.end(crate::tag::End::default());
        }
        polled
    }
}
