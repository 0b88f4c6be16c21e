//! Frames that have done their work, kept for the next request or future, so that none is allocated
//! once a process is warm, unless some 16,000 more are under way at one time than at another, or the
//! store is in the hands of another thread just when it is needed (which one request in some thousands
//! meets where threads do nothing but hand requests on to each other).
//!
//! Each thread keeps some. Where requests start on one thread and end on another, what the one has too
//! many of reaches the other by the store that all threads share; so does what a thread leaves that ends.

use std::cell::{Cell, RefCell};
use std::sync::{Mutex, MutexGuard};
use std::{hint, iter};

use super::Frame;

/// So many a thread keeps, and half of them it takes from the store or gives to it at once.
const KEPT: usize = 64;
/// So many the store keeps, at 128 bytes each, and 224 more where guards were used; more are freed.
const STORED: usize = 16 * 1024;

type Frames = Vec<Box<Frame>>;

static STORE: Mutex<Frames> = Mutex::new(Vec::new());

/// Whoever has the store moves a few words; when it grows, all that it holds.
const LOOKS: usize = 64;

/// The store. `None` if somebody was interrupted just while he had it, or if this is the child of a fork
/// and he is not in it: that is not waited for.
fn store() -> Option<MutexGuard<'static, Frames>> {
    let looks = iter::repeat_with(|| {
        let store = STORE.try_lock().ok();
        if store.is_none() {
            hint::spin_loop();
        }
        store
    });
    looks.take(LOOKS).find_map(|store| store)
}

/// Gives these to the store, as long as it has room; others are freed.
fn give_to_store(mut frames: impl Iterator<Item = Box<Frame>>) {
    if let Some(mut store) = store() {
        let room = STORED.saturating_sub(store.len());
        // Lent: what is left is freed when nobody waits any more.
        store.extend(frames.by_ref().take(room));
    }
}

struct Free {
    /// The one that was given back last is mostly the next to be taken.
    last: Cell<Option<Box<Frame>>>,
    others: RefCell<Frames>,
}

thread_local! {
    static FREE: Free = const {
        Free {
            last: Cell::new(None),
            others: RefCell::new(Vec::new()),
        }
    };
}

/// A frame in which nothing is left of its last use.
#[inline]
pub(super) fn take() -> Option<Box<Frame>> {
    let take = |free: &Free| free.last.take().or_else(|| free.another());
    FREE.try_with(take).ok()?
}

/// A frame, where none is left to be taken.
#[cold]
pub(super) fn make() -> Box<Frame> {
    Box::default()
}

/// Keeps a frame in which nothing is left of its use.
#[inline]
pub(super) fn give_back(frame: Box<Frame>) {
    let mut frame = Some(frame);
    let _ = FREE.try_with(|free| {
        if let Some(before) = free.last.replace(frame.take()) {
            free.put(before);
        }
    });
}

impl Free {
    #[inline(never)]
    fn another(&self) -> Option<Box<Frame>> {
        let mut others = self.others.try_borrow_mut().ok()?;
        others.pop().or_else(|| {
            let mut store = store()?;
            let from = store.len().saturating_sub(KEPT / 2);
            others.extend(store.drain(from..));
            drop(store);
            if others.is_empty() {
                // Side by side: where thousands of requests are under way, frames that stand among
                // other things are slower to fetch.
                others.extend(iter::repeat_with(make).take(KEPT / 2));
            }
            others.pop()
        })
    }

    #[inline(never)]
    fn put(&self, frame: Box<Frame>) {
        let Ok(mut others) = self.others.try_borrow_mut() else {
            return;
        };
        if others.len() >= KEPT {
            give_to_store(others.drain(KEPT / 2..));
        }
        others.push(frame);
    }
}

impl Drop for Free {
    fn drop(&mut self) {
        let last = self.last.take();
        give_to_store(self.others.get_mut().drain(..).chain(last));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    /// Frames that say, when what is left of them is freed, if somebody could have had the store.
    struct Surplus<'a>(&'a AtomicBool);

    impl Iterator for Surplus<'_> {
        type Item = Box<Frame>;

        fn next(&mut self) -> Option<Box<Frame>> {
            Some(make())
        }
    }

    impl Drop for Surplus<'_> {
        fn drop(&mut self) {
            // Other tests have it now and then, and this thread, if it has, does not let go of it here.
            let looks = iter::repeat_with(|| {
                thread::yield_now();
                store().is_some()
            });
            self.0
                .store(looks.take(10_000).any(|had| had), Ordering::Relaxed);
        }
    }

    #[test]
    fn frames_that_nobody_keeps_are_freed_when_nobody_waits() {
        let free = AtomicBool::new(false);
        give_to_store(Surplus(&free));
        assert!(free.load(Ordering::Relaxed));
    }
}
