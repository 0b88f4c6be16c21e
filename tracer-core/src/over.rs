//! What guards have put over the span of a thread or a future.
//!
//! A guard may be dropped while a future has lent its own slot to the thread. What the guard has put is
//! out of reach then; it is noted, and counts no more when the slot is back.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::span::SpanRef;

/// A span that a guard has made current.
pub(crate) struct Over {
    token: u64,
    span: SpanRef,
}

thread_local! {
    static NEXT_TOKEN: Cell<u64> = const { Cell::new(0) };
    /// The guards that were dropped out of reach.
    static ELSEWHERE: RefCell<BTreeSet<u64>> = const { RefCell::new(BTreeSet::new()) };
}

/// Tokens are dealt to threads by so many: what guards have put goes from thread to thread with its future.
const DEAL: u64 = 1 << 32;
static DEALT: AtomicU64 = AtomicU64::new(0);

/// The oldest of more than these are forgotten: they may have been of slots that are no more. A guard
/// that is forgotten though its slot comes back counts as held again.
const KEPT: usize = 1024;

impl Over {
    pub(crate) fn new(span: SpanRef) -> Self {
        let mut token = NEXT_TOKEN.get();
        if token.is_multiple_of(DEAL) {
            // Which is never 0: that is where a thread begins.
            token = DEALT.fetch_add(DEAL, Ordering::Relaxed).wrapping_add(1);
        }
        NEXT_TOKEN.set(token.wrapping_add(1));
        Self { token, span }
    }

    /// By which the guard finds it again.
    pub(crate) const fn token(&self) -> u64 {
        self.token
    }

    fn is_held(&self) -> bool {
        let dropped = |elsewhere: &RefCell<BTreeSet<u64>>| elsewhere.borrow().contains(&self.token);
        !ELSEWHERE.try_with(dropped).unwrap_or(false)
    }
}

/// The span that was put there last, of those whose guards are held.
#[inline(never)]
pub(crate) fn last(over: &[Over]) -> Option<&SpanRef> {
    let last = over.iter().rfind(|over| over.is_held());
    last.map(|over| &over.span)
}

/// As [`last`].
pub(crate) fn last_mut(over: &mut [Over]) -> Option<&mut SpanRef> {
    let last = over.iter_mut().rfind(|over| over.is_held());
    last.map(|over| &mut over.span)
}

/// Notes a guard that was dropped where what it had put is not to be found.
#[cold]
pub(crate) fn dropped_elsewhere(token: u64) {
    let _ = ELSEWHERE.try_with(|elsewhere| {
        let mut elsewhere = elsewhere.borrow_mut();
        if elsewhere.len() >= KEPT {
            elsewhere.pop_first();
        }
        elsewhere.insert(token);
    });
}

/// Forgets what was noted of these, which are no more.
pub(crate) fn forget(over: &[Over]) {
    let _ = ELSEWHERE.try_with(|elsewhere| {
        let mut elsewhere = elsewhere.borrow_mut();
        for over in over {
            elsewhere.remove(&over.token);
        }
    });
}

/// Takes out what is no longer held.
pub(crate) fn sweep(over: &mut Vec<Over>) -> Option<Vec<Over>> {
    if over.iter().all(Over::is_held) {
        return None;
    }
    let swept: Vec<_> = over.extract_if(.., |over| !over.is_held()).collect();
    forget(&swept);
    Some(swept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted() -> usize {
        ELSEWHERE.with_borrow(BTreeSet::len)
    }

    /// In a thread of its own, because each has notes and tokens of its own.
    fn apart<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
        std::thread::spawn(f).join().unwrap()
    }

    #[test]
    fn notes_are_bounded_and_the_oldest_go_first() {
        apart(|| {
            let mut overs: Vec<_> = (0..KEPT + 2).map(|_| Over::new(SpanRef::none())).collect();
            overs.iter().for_each(|over| dropped_elsewhere(over.token));
            assert_eq!(noted(), KEPT);
            let held: Vec<_> = overs.iter().map(Over::is_held).collect();
            assert_eq!(held.iter().position(|held| !held), Some(2));
            // What was swept needs no note any more.
            assert_eq!(sweep(&mut overs).map(|swept| swept.len()), Some(KEPT));
            assert_eq!((overs.len(), noted()), (2, 0));
        });
    }

    #[test]
    fn no_two_threads_have_the_same_tokens() {
        let tokens = || [(); 3].map(|()| Over::new(SpanRef::none()).token);
        let all: BTreeSet<_> = [apart(tokens), apart(tokens), tokens()]
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(all.len(), 9);
        // A thread that has used up its tokens is dealt others.
        let last = apart(|| {
            let first = Over::new(SpanRef::none()).token;
            NEXT_TOKEN.set(first + DEAL - 2);
            [(); 3]
                .map(|()| Over::new(SpanRef::none()).token)
                .map(|token| token - first)
        });
        assert_eq!(last[0], DEAL - 2);
        assert!(last[1] >= DEAL && last[2] == last[1] + 1, "{last:?}");
    }
}
