//! Recorders that have done their work, kept for the next span of the same thread and tracer.

use std::cell::RefCell;
use std::sync::Arc;

use super::Recorder;
use crate::shared::Shared;

/// What a busy thread has open at once, mostly at about a KiB each; more are simply freed.
const KEPT: usize = 1_024;
/// Tracers of one process that one thread serves; beyond this the oldest pool is given up.
const TRACERS: usize = 8;

thread_local! {
    static POOLS: RefCell<Vec<Pool>> = const { RefCell::new(Vec::new()) };
}

struct Pool {
    tracer: u64,
    free: Vec<Arc<Recorder>>,
}

/// A recorder of this tracer with no other handle.
pub(super) fn take(shared: &Shared) -> Option<Arc<Recorder>> {
    POOLS
        .try_with(|pools| {
            let mut pools = pools.try_borrow_mut().ok()?;
            pools
                .iter_mut()
                .find(|pool| pool.tracer == shared.id)?
                .free
                .pop()
        })
        .ok()?
}

/// Keeps a recorder that nobody else holds.
pub(super) fn give_back(recorder: Arc<Recorder>) {
    let tracer = recorder.facts.shared.id;
    let mut recorder = Some(recorder);
    let given_up = POOLS.try_with(|pools| {
        let mut pools = pools.try_borrow_mut().ok()?;
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
    });
    // Freed outside the borrow: the last handle of a tracer runs a reporter's destructor.
    drop(given_up);
    drop(recorder);
}
