//! What is kept in one place while a span is under way.

mod pool;

use std::mem;

use crate::http::{Exchange, Role, Side};
use crate::over::{self, Over};
use crate::span::SpanRef;
use crate::tag::End;

/// A span under way, and over it what guards have put there. A guard that is held across an await stays
/// with its future instead of leaking to the next one. If the span is a request's: what is known of that.
// Two lines of the cache and no third: with thousands of requests under way each is fetched anew.
#[repr(align(64))]
pub(crate) struct Frame {
    pub(crate) span: SpanRef,
    /// Says something only in a call.
    pub(crate) exchange: Exchange,
    pub(crate) over: Vec<Over>,
    /// Of a request that is recorded: its path's, by which a second layer knows it again.
    pub(crate) mark: u32,
    /// The span has an owner in flight and has not ended.
    pub(crate) open: bool,
    /// Told from inside that the span is to end at the response's headers.
    pub(crate) at_headers: bool,
    /// Belongs to a request or a future, not to the thread: what is set here ends with it.
    owned: bool,
}

/// A frame that is kept has room for no more than so many guards, at 56 bytes each.
const GUARDS: usize = 4;

impl Frame {
    /// Of a request's or a future's span. `open`: its owner is in flight with it.
    #[inline(always)]
    pub(crate) fn of(span: SpanRef, open: bool) -> Box<Self> {
        let mut frame = pool::take().unwrap_or_else(pool::make);
        // Nothing is in a frame that was not in use, but to drop it would be a call.
        mem::forget(mem::replace(&mut frame.span, span));
        frame.open = open;
        frame.owned = true;
        frame
    }

    /// Without a span, for what guards and handlers set. `owned`: by a request or a future.
    pub(crate) fn empty(owned: bool) -> Box<Self> {
        let mut frame = Self::of(SpanRef::none(), false);
        frame.exchange.begin(Side::Server, Role::Idle);
        frame.owned = owned;
        frame
    }

    pub(crate) const fn is_owned(&self) -> bool {
        self.owned
    }

    /// True if the span is recorded and has not ended.
    #[inline]
    pub(crate) const fn is_recording(&self) -> bool {
        self.open && self.span.is_recording()
    }

    /// What a guard has put over the span last, else the span.
    pub(crate) fn active(&self) -> &SpanRef {
        over::last(&self.over).unwrap_or(&self.span)
    }

    /// The same, if it could keep what is set.
    pub(crate) fn active_mut(&mut self) -> Option<&mut SpanRef> {
        match over::last_mut(&mut self.over) {
            Some(span) => Some(span),
            None => self.owned.then_some(&mut self.span),
        }
    }

    /// The span, if its owner is in flight and no guard has put anything over it.
    #[inline]
    pub(crate) fn uncovered(&self) -> Option<&SpanRef> {
        (self.open && over::last(&self.over).is_none()).then_some(&self.span)
    }

    /// Finishes the span; its context stays. A second time does nothing.
    #[inline]
    pub(crate) fn finish(&mut self, end: End<'_>) {
        self.exchange.end();
        if mem::take(&mut self.open)
            && let Some(span) = self.span.take_recording()
        {
            span.finish(end);
        }
    }

    /// Leaves nothing of its use, and keeps the frame for the next one. Runs foreign code: the last
    /// handle of a span may be here.
    #[inline(never)]
    pub(crate) fn give_back(mut self: Box<Self>) {
        self.span.clear();
        if self.over.capacity() > 0 {
            self.clear_guards();
        }
        self.at_headers = false;
        self.exchange.clear();
        pool::give_back(self);
    }

    #[cold]
    fn clear_guards(&mut self) {
        over::forget(&self.over);
        self.over.clear();
        self.over.shrink_to(GUARDS);
    }
}

impl Default for Frame {
    fn default() -> Self {
        Self {
            span: SpanRef::none(),
            exchange: Exchange::NONE,
            over: Vec::new(),
            mark: 0,
            open: false,
            at_headers: false,
            owned: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_frame_takes_two_lines_of_the_cache() {
        assert!(size_of::<super::Frame>() <= 128);
    }
}
