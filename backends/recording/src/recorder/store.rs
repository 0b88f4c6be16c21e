//! Recorders that threads have too many of, for threads that have too few: spans may start on one thread
//! and end on another, threads come and go, and now and then many spans are open at once.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard};
use std::{hint, thread};

use super::Recorder;
use crate::shared::Shared;

/// So many are kept for all threads and tracers together, mostly at about a KiB each; more are freed.
const STORED: usize = 10 * 1024;

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

/// Whoever has the store moves pointers.
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

/// Stores these recorders of one tracer but the first few. Those for which there is no room are freed,
/// and all if the tracer is gone.
pub(super) fn give(from: &mut Vec<Arc<Recorder>>, keep: usize) {
    let Some(shared) = from.first().map(|first| Arc::clone(&first.facts.shared)) else {
        return;
    };
    for recorder in from.iter_mut().skip(keep) {
        if let Some(recorder) = Arc::get_mut(recorder) {
            recorder.trim();
        }
    }
    let mut surplus = from.drain(keep.min(from.len())..);
    if let Some(mut store) = store()
        && !shared.gone.load(Ordering::Relaxed)
    {
        if shelf_of(&mut store.shelves, shared.id).is_none() {
            store.shelves.push(Shelf::new(shared.id));
        }
        let room = STORED.saturating_sub(store.count);
        store.count += room.min(surplus.len());
        if let Some(shelf) = shelf_of(&mut store.shelves, shared.id) {
            // Lent: what is left is freed when nobody waits any more.
            shelf.free.extend(surplus.by_ref().take(room));
        }
    }
}

/// Frees what is kept for a tracer that goes, and sees to it that nothing more is.
pub(crate) fn forget(shared: &Shared) {
    shared.gone.store(true, Ordering::Relaxed);
    for _ in 0..LOOKS {
        let Some(mut store) = store() else {
            thread::yield_now();
            continue;
        };
        let mut shelves = store.shelves.iter();
        let at = shelves.position(|shelf| shelf.tracer == shared.id);
        let shelf = at.map(|at| store.shelves.swap_remove(at));
        store.count -= shelf.as_ref().map_or(0, |shelf| shelf.free.len());
        // The last handle of a tracer runs a reporter's destructor, and others wait.
        drop(store);
        drop(shelf);
        return;
    }
}
