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

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::sync::Arc;

use crate::baggage::InvalidKey;
use crate::context::Extra;
use crate::frame::Frame;
use crate::in_flight::InFlight;
use crate::over::{self, Over};
use crate::slot::Slot;
use crate::span::{OpenSpan, SpanRef};

pub use crate::in_span::{Along, FutureExt, InSpan};

/// What a thread has current.
struct Current {
    slot: ManuallyDrop<Cell<Slot>>,
    /// How many requests and futures are entered.
    depth: Cell<usize>,
}

thread_local! {
    // `ManuallyDrop`: no destructor to register and no state to check on each access. What stands
    // here is normally nothing when a thread ends; only a leaked guard or scope can leave a span.
    static CURRENT: Current = const {
        Current {
            slot: ManuallyDrop::new(Cell::new(Slot::none())),
            depth: Cell::new(0),
        }
    };
}

impl Current {
    /// Lends the slot; nothing is current meanwhile. So that nothing is lost, no foreign code runs
    /// here: nothing is dropped.
    #[inline]
    fn lend<T>(&self, f: impl FnOnce(&mut Slot) -> T) -> T {
        let mut slot = self.slot.take();
        let result = f(&mut slot);
        mem::forget(self.slot.replace(slot));
        result
    }

    #[inline]
    fn swap(&self, slot: &mut Slot) {
        let before = self.slot.replace(mem::take(slot));
        // An empty one, which need not be looked at.
        mem::forget(mem::replace(slot, before));
    }

    /// Gives the thread back what it had before the first scope. After scopes that were dropped out of
    /// order that may not be in this slot; but nothing of a request or a future may stay on the thread.
    /// False if everything is in order, and nothing was done.
    #[cold]
    fn settle(&self, slot: &mut Slot) -> bool {
        if !slot.is_owned() {
            return false;
        }
        if self.lend(|here| here.is_owned()) {
            let left_over = mem::take(slot);
            self.swap(slot);
            // Ends its span, which nobody else can any more.
            drop(InFlight::of(left_over));
        }
        true
    }

    fn is_inside(&self) -> bool {
        self.depth.get() > 0
    }
}

/// Makes what is in this slot current, and keeps there what was.
#[inline]
pub(crate) fn enter(slot: &mut Slot) {
    CURRENT.with(|current| {
        current.depth.set(current.depth.get() + 1);
        current.swap(slot);
    });
}

/// Takes back what [`enter`] has done.
#[inline]
pub(crate) fn leave(slot: &mut Slot) {
    CURRENT.with(|current| {
        let depth = current.depth.get().wrapping_sub(1);
        current.depth.set(depth);
        // One swap for all: with a call of its own in the other case, a poll takes 7 ns instead of 3.
        if !slot.is_none() && depth == 0 && current.settle(slot) {
            return;
        }
        current.swap(slot);
    });
}

pub(crate) fn get() -> SpanRef {
    CURRENT.with(|current| current.lend(|slot| slot.active().clone()))
}

/// The current span if a server layer made it for the request that is being served, here and now: not
/// in a task, a closure or a guard that took the span along, where other requests may be served. A
/// second layer round the same request finds it and makes no second span.
#[inline]
pub fn server_entry() -> Option<SpanRef> {
    let span = CURRENT.with(|current| {
        current.lend(|slot| {
            let span = slot.frame()?.uncovered()?;
            // A vendor is asked when the slot is back.
            (span.is_recording() || span.is_server_entry()).then(|| span.clone())
        })
    })?;
    span.is_server_entry().then_some(span)
}

/// Does something with the frame whose span [`server_entry`] has just found. No foreign code runs in it.
pub(crate) fn with_entry<T>(f: impl FnOnce(&mut Frame) -> T) -> Option<T> {
    CURRENT.with(|current| current.lend(|slot| slot.frame_mut().map(f)))
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
        let inside = current.is_inside();
        current.lend(|slot| {
            if let Some(active) = slot.active_mut(inside) {
                mem::swap(active, &mut with_extra);
            }
        });
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
        // Dropped when the slot is back.
        let _swept = CURRENT.with(|current| {
            let inside = current.is_inside();
            current.lend(|slot| {
                let over = slot.over_mut(inside);
                let swept = over::sweep(over);
                over.push(entry);
                swept
            })
        });
        Self {
            token,
            not_send: PhantomData,
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Dropped when the slot is back: the last handle of a span may run a vendor's code.
        let removed = CURRENT.with(|current| current.lend(|slot| slot.remove(self.token)));
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
    /// await. Within a request or a future with a span it stays with that future; anywhere else the
    /// tasks that the thread runs in the meantime find the span current, and get a wrong parent.
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
