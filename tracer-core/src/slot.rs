//! What a thread or a future has current.

use std::mem;

use crate::frame::Frame;
use crate::over::Over;
use crate::span::SpanRef;

/// What a thread or a future has current; `None` where that is nothing.
///
/// One word, because it is swapped on every poll and moved with every request: more would be loaded in
/// other pieces than it was stored in just before, and wait until these have left the processor.
#[derive(Default)]
pub(crate) struct Slot(Option<Box<Frame>>);

static NONE: SpanRef = SpanRef::none();

impl Slot {
    /// That of a request or a future. `open`: the span's owner is in flight with it.
    #[inline]
    pub(crate) fn new(span: SpanRef, open: bool) -> Self {
        if span.is_none() {
            return Self(None);
        }
        Self(Some(Frame::of(span, open)))
    }

    pub(crate) const fn none() -> Self {
        Self(None)
    }

    #[inline]
    pub(crate) fn span(&self) -> &SpanRef {
        self.frame().map_or(&NONE, |frame| &frame.span)
    }

    #[inline]
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.0.as_deref()
    }

    #[inline]
    pub(crate) fn frame_mut(&mut self) -> Option<&mut Frame> {
        self.0.as_deref_mut()
    }

    /// The current span where this is current.
    pub(crate) fn active(&self) -> &SpanRef {
        self.frame().map_or(&NONE, Frame::active)
    }

    /// The current span, where it could keep what is set. `inside`: in a request or a future.
    pub(crate) fn active_mut(&mut self, inside: bool) -> Option<&mut SpanRef> {
        if self.is_none() && !inside {
            return None;
        }
        self.make_frame(inside).active_mut()
    }

    /// Where guards put what they make current.
    pub(crate) fn over_mut(&mut self, inside: bool) -> &mut Vec<Over> {
        &mut self.make_frame(inside).over
    }

    /// Takes out what the guard with this token has put here, and what is of no use without it.
    pub(crate) fn remove(&mut self, token: u64) -> Option<(Over, Self)> {
        let frame = self.frame_mut()?;
        let at = frame.over.iter().rposition(|over| over.token() == token)?;
        let removed = frame.over.remove(at);
        let is_of_use = frame.is_owned() || !frame.over.is_empty();
        let useless = if is_of_use {
            Self(None)
        } else {
            mem::take(self)
        };
        Some((removed, useless))
    }

    /// True if this is a request's or a future's.
    pub(crate) fn is_owned(&self) -> bool {
        self.frame().is_some_and(Frame::is_owned)
    }

    #[inline]
    pub(crate) const fn is_none(&self) -> bool {
        self.0.is_none()
    }

    fn make_frame(&mut self, owned: bool) -> &mut Frame {
        self.0.get_or_insert_with(|| Frame::empty(owned))
    }
}

impl Drop for Slot {
    #[inline]
    fn drop(&mut self) {
        if let Some(frame) = self.0.take() {
            frame.give_back();
        }
    }
}
