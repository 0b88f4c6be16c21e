//! Recorders that have done their work, kept for the next span of the same thread and tracer.

use std::cell::{Cell, RefCell};
use std::mem;
use std::sync::Arc;

use super::Recorder;
use super::store::{self, Shelf, shelf_of};
use crate::shared::Shared;

/// So many a thread keeps for a tracer, mostly at some 800 bytes each, and half of them it takes from the
/// store or gives to it at once.
const KEPT: usize = 256;
/// So many it takes first: it may be that it needs no more, or that its shelf is soon given up again.
const FIRST: usize = 8;
/// Tracers of one process that one thread serves; beyond this the oldest shelf is given up.
const TRACERS: usize = 8;

thread_local! {
    static FREE: Free = const {
        Free {
            last: Cell::new(None),
            shelves: RefCell::new(Vec::new()),
        }
    };
}

struct Free {
    /// The one that was given back last is mostly the next to be taken, and needs no search.
    last: Cell<Option<Arc<Recorder>>>,
    shelves: RefCell<Vec<Shelf>>,
}

/// A recorder of this tracer with no other handle.
#[inline]
pub(super) fn take(shared: &Arc<Shared>) -> Option<Arc<Recorder>> {
    FREE.try_with(|free| match free.last.take() {
        Some(last) if Arc::ptr_eq(&last.facts.shared, shared) => Some(last),
        other => free.search(shared, other),
    })
    .ok()?
}

/// Keeps a recorder that nobody else holds.
#[inline]
pub(super) fn give_back(recorder: Arc<Recorder>) {
    let mut recorder = Some(recorder);
    let _ = FREE.try_with(|free| {
        if let Some(before) = free.last.replace(recorder.take()) {
            free.put(before);
        }
    });
}

impl Free {
    /// `other` is of another tracer.
    #[inline(never)]
    fn search(&self, shared: &Shared, other: Option<Arc<Recorder>>) -> Option<Arc<Recorder>> {
        if let Some(other) = other {
            self.put(other);
        }
        self.with_shelf(shared.id, |shelf, is_new| {
            if shelf.free.is_empty() {
                let most = if is_new { FIRST } else { KEPT / 2 };
                store::take(shared.id, most, &mut shelf.free);
            }
            shelf.free.pop()
        })?
    }

    #[inline(never)]
    fn put(&self, mut recorder: Arc<Recorder>) {
        if let Some(recorder) = Arc::get_mut(&mut recorder) {
            recorder.rest();
        }
        let tracer = recorder.facts.shared.id;
        // If there is no shelf, freed outside the borrow: the last handle of a tracer runs a reporter's
        // destructor.
        let mut recorder = Some(recorder);
        self.with_shelf(tracer, |shelf, _| {
            if shelf.free.len() >= KEPT {
                store::give(&mut shelf.free, KEPT / 2);
            }
            shelf.free.extend(recorder.take());
        });
        drop(recorder);
    }

    /// Does this with the shelf of a tracer, and says if it is new. `None` while another shelf is looked at.
    fn with_shelf<T>(&self, tracer: u64, f: impl FnOnce(&mut Shelf, bool) -> T) -> Option<T> {
        let mut shelves = self.shelves.try_borrow_mut().ok()?;
        if let Some(shelf) = shelf_of(&mut shelves, tracer) {
            return Some(f(shelf, false));
        }
        let oldest = (shelves.len() >= TRACERS).then(|| shelves.remove(0));
        let mut shelf = Shelf::new(tracer);
        let result = f(&mut shelf, true);
        shelves.push(shelf);
        drop(shelves);
        if let Some(mut oldest) = oldest {
            // Outside the borrow, as above.
            store::give(&mut oldest.free, 0);
        }
        Some(result)
    }
}

impl Drop for Free {
    fn drop(&mut self) {
        if let Some(last) = self.last.take() {
            self.put(last);
        }
        for mut shelf in mem::take(self.shelves.get_mut()) {
            store::give(&mut shelf.free, 0);
        }
    }
}
