//! Recorders that threads have too many of, for threads that have too few: spans may start on one thread
//! and end on another, threads come and go, and now and then many spans are open at once.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use std::vec::Drain;
use std::{hint, thread};

use super::Recorder;
use crate::shared::Shared;

/// So many are kept for all threads and tracers together, mostly at some 800 bytes each; more are freed.
const STORED: usize = 10 * 1024;
/// Where so many wait already, those that come keep no more room than usual spans need: they may wait for
/// long. What only passes by keeps what it will use again.
const CROWDED: usize = 1_024;

/// Recorders of one tracer that have done their work.
pub(super) struct Shelf {
    tracer: u64,
    pub(super) free: Vec<Arc<Recorder>>,
}

impl Shelf {
    pub(super) const fn new(tracer: u64) -> Self {
        Self {
            tracer,
            free: Vec::new(),
        }
    }
}

/// The shelf of this tracer.
pub(super) fn shelf_of(shelves: &mut [Shelf], tracer: u64) -> Option<&mut Shelf> {
    shelves.iter_mut().find(|shelf| shelf.tracer == tracer)
}

struct Store {
    shelves: Vec<Shelf>,
    /// Recorders on all shelves.
    count: usize,
}

static STORE: Mutex<Store> = Mutex::new(Store {
    shelves: Vec::new(),
    count: 0,
});

/// Whoever has the store moves some pointers; when a shelf grows, all that stand there.
const LOOKS: usize = 64;

/// The store. `None` if somebody was interrupted just while he had it, or if this is the child of a fork
/// and he is not in it: that is not waited for.
fn store() -> Option<MutexGuard<'static, Store>> {
    for _ in 0..LOOKS {
        if let Ok(store) = STORE.try_lock() {
            return Some(store);
        }
        hint::spin_loop();
    }
    None
}

impl Store {
    /// Adds recorders of this tracer as long as there is room; what had to make room for them comes back.
    fn add(&mut self, tracer: u64, recorders: &mut Drain<'_, Arc<Recorder>>) -> Vec<Arc<Recorder>> {
        if shelf_of(&mut self.shelves, tracer).is_none() {
            self.shelves.push(Shelf::new(tracer));
        }
        let missing = (self.count + recorders.len()).saturating_sub(STORED);
        let others = self.make_room(tracer, missing);
        let room = STORED.saturating_sub(self.count);
        self.count += room.min(recorders.len());
        if let Some(shelf) = shelf_of(&mut self.shelves, tracer) {
            shelf.free.extend(recorders.take(room));
        }
        others
    }

    /// Takes so many off the largest shelf, if that has more than this tracer will have then: a burst of
    /// one tracer must not keep the others out for ever.
    fn make_room(&mut self, tracer: u64, wanted: usize) -> Vec<Arc<Recorder>> {
        let own = shelf_of(&mut self.shelves, tracer).map_or(0, |shelf| shelf.free.len());
        let largest = self.shelves.iter_mut().max_by_key(|shelf| shelf.free.len());
        match largest.filter(|shelf| shelf.free.len() > own + wanted) {
            Some(shelf) => {
                self.count -= wanted;
                shelf.free.split_off(shelf.free.len() - wanted)
            }
            None => Vec::new(),
        }
    }
}

/// Takes up to so many recorders of this tracer.
pub(super) fn take(tracer: u64, most: usize, into: &mut Vec<Arc<Recorder>>) {
    let Some(mut store) = store() else {
        return;
    };
    if let Some(shelf) = shelf_of(&mut store.shelves, tracer) {
        let from = shelf.free.len().saturating_sub(most);
        let taken = shelf.free.drain(from..);
        let count = taken.len();
        into.extend(taken);
        store.count -= count;
    }
}

/// Stores these recorders of one tracer but the first few. Those for which there is no room are freed;
/// all of them if the tracer is gone, or if the store cannot be had.
pub(super) fn give(from: &mut Vec<Arc<Recorder>>, keep: usize) {
    let Some(shared) = from.first().map(|first| Arc::clone(&first.facts.shared)) else {
        return;
    };
    if store().is_none_or(|store| store.count >= CROWDED) {
        for recorder in from.iter_mut().skip(keep) {
            if let Some(recorder) = Arc::get_mut(recorder) {
                recorder.trim();
            }
        }
    }
    let mut surplus = from.drain(keep.min(from.len())..);
    let others = store()
        .filter(|_| !shared.gone.load(Ordering::Relaxed))
        .map(|mut store| store.add(shared.id, &mut surplus));
    // When nobody waits any more, as is what is left of the surplus.
    drop(others);
}

/// Frees what is kept here for a tracer that goes, and sees to it that nothing more is. Gives up after a
/// while: in the child of a fork the store may be somebody's for ever.
pub(crate) fn forget(shared: &Shared) {
    shared.gone.store(true, Ordering::Relaxed);
    for look in 0..LOOKS as u64 {
        let Some(mut store) = store() else {
            // To yield does not help where whoever has it waits for another processor. A quarter of a
            // second in all; this is on no request's path.
            thread::sleep(Duration::from_millis(look / 8));
            continue;
        };
        let mut shelves = store.shelves.iter();
        let at = shelves.position(|shelf| shelf.tracer == shared.id);
        let shelf = at.map(|at| store.shelves.swap_remove(at));
        store.count -= shelf.as_ref().map_or(0, |shelf| shelf.free.len());
        // There may be thousands, and others wait.
        drop(store);
        drop(shelf);
        return;
    }
}

#[cfg(test)]
mod tests {
    use std::iter;
    use std::sync::PoisonError;
    use std::sync::atomic::AtomicBool;
    use std::time::Instant;

    use tracer_core::{OpenSpan, TracerExt};

    use super::*;
    use crate::{FinishedSpan, RecordingTracer, Reporter};

    const NAME: &str = "of no other test";

    /// Tells when it goes.
    struct Told(Arc<AtomicBool>);

    impl Reporter for Told {
        fn report(&self, _: &FinishedSpan<'_>) {}
    }

    impl Drop for Told {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Release);
        }
    }

    #[test]
    fn a_tracer_takes_its_recorders_along_though_somebody_has_the_store_for_a_while() {
        let gone = Arc::new(AtomicBool::new(false));
        let tracer = RecordingTracer::builder(NAME, Told(Arc::clone(&gone))).build();
        let work = || {
            let start = || tracer.span("job").start();
            let spans: Vec<_> = iter::repeat_with(start).take(10).collect();
            spans.into_iter().for_each(OpenSpan::finish);
        };
        let waits = || {
            thread::scope(|scope| scope.spawn(work).join().unwrap());
            let store = STORE.lock().unwrap_or_else(PoisonError::into_inner);
            let mut first = store.shelves.iter().filter_map(|shelf| shelf.free.first());
            first.any(|first| first.facts.shared.local.service.as_deref() == Some(NAME))
        };
        // Another test may have the store just when the thread ends.
        assert!(iter::repeat_with(waits).take(1_000).any(|waits| waits));
        thread::scope(|scope| {
            let held = STORE.lock().unwrap_or_else(PoisonError::into_inner);
            scope.spawn(|| drop(tracer));
            // As long as a thread that was interrupted may have it: longer than some thousand looks take.
            let since = Instant::now();
            while since.elapsed() < Duration::from_millis(10) {
                thread::yield_now();
            }
            drop(held);
        });
        assert!(gone.load(Ordering::Acquire));
    }
}
