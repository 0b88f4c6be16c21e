//! What guards have put over the span of a thread or a future.
//!
//! A guard may be dropped while a future has lent its own slot to the thread. What the guard has put is
//! out of reach then; it is noted, and counts no more when the slot is back.

use std::cell::{Cell, RefCell};

use crate::span::SpanRef;

/// A span that a guard has made current.
pub(crate) struct Over {
    token: u64,
    span: SpanRef,
}

thread_local! {
    static NEXT_TOKEN: Cell<u64> = const { Cell::new(0) };
    /// The guards that were dropped out of reach, the newest last.
    static ELSEWHERE: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// The oldest of more than these are forgotten: they may have been of slots that are no more. A guard
/// that is forgotten though its slot comes back counts as held again.
const KEPT: usize = 1024;

impl Over {
    pub(crate) fn new(span: SpanRef) -> Self {
        let token = NEXT_TOKEN.with(|next| next.replace(next.get().wrapping_add(1)));
        Self { token, span }
    }

    /// By which the guard finds it again.
    pub(crate) const fn token(&self) -> u64 {
        self.token
    }

    fn is_held(&self) -> bool {
        let dropped = |elsewhere: &RefCell<Vec<u64>>| elsewhere.borrow().contains(&self.token);
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
            elsewhere.remove(0);
        }
        elsewhere.push(token);
    });
}

/// Forgets what was noted of these, which are no more.
pub(crate) fn forget(over: &[Over]) {
    let _ = ELSEWHERE.try_with(|elsewhere| {
        let is_gone = |token: &u64| over.iter().any(|over| over.token == *token);
        elsewhere.borrow_mut().retain(|token| !is_gone(token));
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
