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

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::sync::Arc;

use crate::baggage::InvalidKey;
use crate::context::Extra;
use crate::over::{self, Over};
use crate::span::{OpenSpan, SpanRef};

pub use crate::in_span::{Along, FutureExt, InSpan};

/// What a thread or a future has current: a span, and over it what guards have put there. A guard
/// that is held across an await stays with its future instead of leaking to the next one.
pub(crate) struct Slot {
    pub(crate) span: SpanRef,
    #[expect(
        clippy::box_collection,
        reason = "one word: the slot is moved with every request and swapped on every poll"
    )]
    over: Option<Box<Vec<Over>>>,
    /// The span has an owner and has not ended. Kept here, where it costs no further word.
    pub(crate) open: bool,
    /// Told from inside that the span is to end at the response's headers.
    pub(crate) at_headers: bool,
    /// Belongs to a request or a future, not to the thread: what is set here ends with it.
    owned: bool,
}

impl Slot {
    pub(crate) const fn new(span: SpanRef, open: bool) -> Self {
        Self {
            span,
            over: None,
            open,
            at_headers: false,
            owned: true,
        }
    }

    const fn of_thread() -> Self {
        Self {
            span: SpanRef::none(),
            over: None,
            open: false,
            at_headers: false,
            owned: false,
        }
    }

    fn active(&self) -> &SpanRef {
        match &self.over {
            Some(over) => over::last(over).unwrap_or(&self.span),
            None => &self.span,
        }
    }

    /// `None` where nothing is current that could keep what is set.
    fn active_mut(&mut self) -> Option<&mut SpanRef> {
        match self.over.as_mut().and_then(|over| over::last_mut(over)) {
            Some(span) => Some(span),
            None => self.owned.then_some(&mut self.span),
        }
    }

    /// True if a guard has put something over the span.
    fn is_covered(&self) -> bool {
        let over = self.over.as_ref();
        over.is_some_and(|over| over::last(over).is_some())
    }
}

/// Behind these words the slot fills one line of the processor's cache: no part of a swap reaches
/// over two.
#[repr(C, align(64))]
struct Current {
    before: [u64; 7],
    slot: ManuallyDrop<RefCell<Slot>>,
}

thread_local! {
    // `ManuallyDrop`: no destructor to register and no state to check on each access. What stands
    // here is normally nothing when a thread ends; only a leaked guard can leave a span.
    static CURRENT: Current = const {
        Current {
            before: [0; 7],
            slot: ManuallyDrop::new(RefCell::new(Slot::of_thread())),
        }
    };
}

/// Swaps a slot with the thread's. Nothing is dropped here, so no foreign code runs under the
/// borrow.
#[inline]
pub(crate) fn swap(slot: &mut Slot) {
    CURRENT.with(|current| {
        if let Ok(mut current) = current.slot.try_borrow_mut() {
            std::mem::swap(&mut *current, slot);
        }
    });
}

pub(crate) fn get() -> SpanRef {
    CURRENT.with(|current| {
        current
            .slot
            .try_borrow()
            .map_or(SpanRef::none(), |current| current.active().clone())
    })
}

/// The current span if a server layer made it for the request that is being served, here and now: not
/// in a task, a closure or a guard that took the span along, where other requests may be served. A
/// second layer round the same request finds it and makes no second span.
#[inline]
pub fn server_entry() -> Option<SpanRef> {
    let span = CURRENT.with(|current| {
        let current = current.slot.try_borrow().ok()?;
        if !current.open || current.is_covered() {
            return None;
        }
        let span = &current.span;
        // Cloned first where it is a vendor's: foreign code never runs under the borrow.
        (span.is_recording() || span.is_server_entry()).then(|| span.clone())
    })?;
    span.is_server_entry().then_some(span)
}

/// Tells the layer whose span [`server_entry`] has just found to end it at the response's headers.
pub(crate) fn end_at_headers() {
    CURRENT.with(|current| {
        if let Ok(mut current) = current.slot.try_borrow_mut() {
            current.at_headers = true;
        }
    });
}

/// Sets a baggage item on the current span's handle: it lasts for the rest of the request (the
/// layer's future keeps it), reaches outgoing calls and later children, sampled or not. Contexts
/// cloned earlier do not change.
///
/// Outside of every request, future and guard there is nothing that the item could belong to, and
/// nothing is set: it would leak to whatever the thread does next.
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
        if let Ok(mut current) = current.slot.try_borrow_mut()
            && let Some(active) = current.active_mut()
        {
            std::mem::swap(active, &mut with_extra);
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
        let entry = Over::new(span);
        let token = entry.token();
        let mut entry = Some(entry);
        // Dropped outside the borrow, as below.
        let _swept = CURRENT.with(|current| {
            let mut current = current.slot.try_borrow_mut().ok()?;
            let over = current.over.get_or_insert_default();
            let swept = over::sweep(over);
            over.extend(entry.take());
            swept
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
        let (removed, _emptied): (Option<Over>, Option<Box<Vec<Over>>>) = CURRENT.with(|current| {
            let Ok(mut current) = current.slot.try_borrow_mut() else {
                return (None, None);
            };
            let Some(over) = &mut current.over else {
                return (None, None);
            };
            let at = over.iter().rposition(|entry| entry.token() == self.token);
            let entry = at.map(|at| over.remove(at));
            let emptied = if over.is_empty() {
                current.over.take()
            } else {
                None
            };
            (entry, emptied)
        });
        if removed.is_none() {
            over::dropped_elsewhere(self.token);
        }
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
