//! The life of a span inside a future: what every adapter holds, so that none writes it again.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::mem;

use crate::conventions::keys;
use crate::current;
use crate::frame::Frame;
use crate::http::clean_message;
use crate::slot::Slot;
use crate::span::{OpenSpan, SpanRef};
use crate::tag::{End, Error, Tag};

/// The class of the error of work that panicked.
pub(crate) const PANIC: &str = "panic";

/// A span while the work that it stands for is under way: owner and handle in one.
///
/// [`enter`](Self::enter) it round every poll and round the drop of the inner future;
/// [`end`](Self::end) it once. Dropped before its end, the span finishes with `cancelled=true` and
/// its real duration, or as a panic if the thread is panicking.
pub struct InFlight {
    slot: Slot,
}

impl InFlight {
    /// Takes the span over.
    #[inline]
    pub fn new(span: OpenSpan) -> Self {
        Self {
            slot: Slot::new(span.into_ref(), true),
        }
    }

    pub(crate) const fn of(slot: Slot) -> Self {
        Self { slot }
    }

    pub(crate) const fn none() -> Self {
        Self { slot: Slot::none() }
    }

    pub(crate) fn borrowed(span: SpanRef) -> Self {
        Self {
            slot: Slot::new(span, false),
        }
    }

    /// Makes the span current until the scope is dropped.
    #[inline]
    pub fn enter(&mut self) -> Scope<'_> {
        current::enter(&mut self.slot);
        Scope {
            slot: &mut self.slot,
            not_send: PhantomData,
        }
    }

    /// The span. After the end only its context is left.
    #[inline]
    pub fn span(&self) -> &SpanRef {
        self.slot.span()
    }

    /// True until the end. False where there is no span.
    pub fn is_open(&self) -> bool {
        self.frame().is_some_and(|frame| frame.open)
    }

    /// True if the span is recorded and has not ended.
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.frame().is_some_and(Frame::is_recording)
    }

    #[inline]
    pub(crate) fn frame(&self) -> Option<&Frame> {
        self.slot.frame()
    }

    #[inline]
    pub(crate) fn frame_mut(&mut self) -> Option<&mut Frame> {
        self.slot.frame_mut()
    }

    /// As [`OpenSpan::set_tags_mut`].
    pub fn set_tags_mut(&mut self, tags: &[Tag<'_>]) {
        if let Some(frame) = self.frame_mut()
            && frame.open
        {
            let mut span = OpenSpan::from_ref(mem::take(&mut frame.span));
            span.set_tags_mut(tags);
            frame.span = span.into_ref();
        }
    }

    /// Finishes the span. A second end does nothing. The context stays, for what still runs below.
    #[inline]
    pub fn end(&mut self, end: End<'_>) {
        if let Some(frame) = self.frame_mut() {
            frame.finish(end);
        }
    }

    /// Ends a span whose work panicked; `payload` is what `catch_unwind` gave. The message is kept
    /// if it is a string. Without this, a panic that somebody catches before the `InFlight` is
    /// dropped looks like a cancellation.
    pub fn panicked(&mut self, payload: &(dyn Any + Send)) {
        let text = panic_text(payload).map(clean_message);
        self.end(End {
            error: Some(Error {
                message: text.as_ref().map(|text| text as &dyn fmt::Display),
                ..Error::kind(PANIC)
            }),
            ..End::default()
        });
    }

    /// Ends a span whose work was given up: `cancelled=true`, which is no error by itself.
    pub fn cancel(&mut self, tags: &[Tag<'_>], error: Option<Error<'_>>) {
        if self.is_recording() {
            self.set_tags_mut(tags);
            self.end(End {
                tags: &[Tag::new(keys::CANCELLED, true)],
                error,
                at: None,
            });
        }
    }
}

/// What a panic said, if it is a text.
pub fn panic_text(payload: &(dyn Any + Send)) -> Option<&str> {
    let literal = payload.downcast_ref::<&'static str>().copied();
    literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if self.is_recording() {
            if std::thread::panicking() {
                self.end(End {
                    error: Some(Error::kind(PANIC)),
                    ..End::default()
                });
            } else {
                self.cancel(&[], None);
            }
        }
    }
}

impl fmt::Debug for InFlight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InFlight")
            .field("span", self.span())
            .field("open", &self.is_open())
            .finish()
    }
}

/// The span of an [`InFlight`] is current while this lives. What the inner code did to the current
/// span (baggage) goes back into the `InFlight`.
///
/// Drop scopes in the reverse order in which they were entered, as blocks do. In another order no span is
/// lost, but some may change their `InFlight`, some end as cancelled, and with three scopes or more what a
/// guard had made current before may not be so any more.
#[must_use = "the span is current only as long as the scope lives"]
pub struct Scope<'a> {
    slot: &'a mut Slot,
    not_send: PhantomData<*const ()>,
}

impl fmt::Debug for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scope")
    }
}

impl Drop for Scope<'_> {
    #[inline]
    fn drop(&mut self) {
        current::leave(self.slot);
    }
}
