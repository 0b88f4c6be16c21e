//! Recorders that have done their work, kept for the next span of the same thread and tracer.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::Recorder;
use crate::shared::Shared;

/// What a busy thread has open at once, mostly at about a KiB each; more are simply freed.
const KEPT: usize = 1_024;
/// Tracers of one process that one thread serves; beyond this the oldest pool is given up.
const TRACERS: usize = 8;

thread_local! {
    static FREE: Free = const {
        Free {
            last: Cell::new(None),
            pools: RefCell::new(Vec::new()),
        }
    };
}

struct Free {
    /// The one that was given back last is mostly the next to be taken, and needs no search.
    last: Cell<Option<Arc<Recorder>>>,
    pools: RefCell<Vec<Pool>>,
}

struct Pool {
    tracer: u64,
    free: Vec<Arc<Recorder>>,
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
        let mut pools = self.pools.try_borrow_mut().ok()?;
        let mut pools = pools.iter_mut();
        pools.find(|pool| pool.tracer == shared.id)?.free.pop()
    }

    #[inline(never)]
    fn put(&self, recorder: Arc<Recorder>) {
        // Freed outside the borrow: the last handle of a tracer runs a reporter's destructor.
        let mut recorder = Some(recorder);
        drop(self.enter(&mut recorder));
        drop(recorder);
    }

    /// Takes the recorder if there is room; what is given up for it comes back.
    fn enter(&self, recorder: &mut Option<Arc<Recorder>>) -> Option<Pool> {
        let tracer = recorder.as_ref()?.facts.shared.id;
        let mut pools = self.pools.try_borrow_mut().ok()?;
        if let Some(pool) = pools.iter_mut().find(|pool| pool.tracer == tracer) {
            if pool.free.len() < KEPT {
                pool.free.extend(recorder.take());
            }
            return None;
        }
        let oldest = (pools.len() >= TRACERS).then(|| pools.remove(0));
        pools.push(Pool {
            tracer,
            free: recorder.take().into_iter().collect(),
        });
        oldest
    }
}
