//! A message in gRPC's envelope, on its way.

use std::fmt;
use std::num::TryFromIntError;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};

/// How much is handed over at once. Each piece waits until something of the one before it fits into
/// the peer's window. The last byte is a piece of its own, so the end is asked for when all of them fit.
const PIECE: usize = 16 * 1024;

/// gRPC's length-prefixed message, as the body of a request.
pub(super) struct Envelope {
    prefix: Bytes,
    message: Bytes,
    way: Way,
}

impl Envelope {
    /// Around a message that may be compressed.
    pub(super) fn new(message: Bytes, compressed: bool) -> Result<Self, TryFromIntError> {
        let length = u32::try_from(message.len())?;
        let mut prefix = vec![u8::from(compressed)];
        prefix.extend(length.to_be_bytes());
        Ok(Self {
            prefix: prefix.into(),
            message,
            way: Way::default(),
        })
    }

    /// How many bytes are still to be handed over.
    pub(super) fn left(&self) -> usize {
        self.prefix.len() + self.message.len()
    }

    /// Tells later how far it came.
    pub(super) fn way(&self) -> Way {
        self.way.clone()
    }
}

impl Body for Envelope {
    type Data = Bytes;
    type Error = Stopped;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Stopped>>> {
        let envelope = &mut *self;
        Poll::Ready(if envelope.way.is(STOPPED) {
            Some(Err(Stopped))
        } else if !envelope.prefix.is_empty() {
            Some(Ok(Frame::data(std::mem::take(&mut envelope.prefix))))
        } else if !envelope.message.is_empty() {
            let piece = (envelope.message.len() - 1).clamp(1, PIECE);
            Some(Ok(Frame::data(envelope.message.split_to(piece))))
        } else {
            (!envelope.way.settle(WHOLE)).then_some(Err(Stopped))
        })
    }
}

const OPEN: u8 = 0;
const WHOLE: u8 = 1;
const STOPPED: u8 = 2;

/// How far a body has come: shared between the body and whoever sends it.
#[derive(Clone, Debug, Default)]
pub(super) struct Way(Arc<AtomicU8>);

impl Way {
    /// True if the body was not handed over whole, and never will be: it is an error from now on.
    pub(super) fn stop(&self) -> bool {
        self.settle(STOPPED)
    }

    /// True if this is how it ends. The first who settles it wins.
    fn settle(&self, end: u8) -> bool {
        let settled = (self.0).compare_exchange(OPEN, end, Ordering::AcqRel, Ordering::Acquire);
        settled.is_ok() || self.is(end)
    }

    fn is(&self, end: u8) -> bool {
        self.0.load(Ordering::Acquire) == end
    }
}

/// Nobody waits for the answer any more.
#[derive(Debug)]
pub(super) struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("given up")
    }
}

impl std::error::Error for Stopped {}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn next(body: &mut Envelope) -> Option<Result<Bytes, Stopped>> {
        let mut context = Context::from_waker(Waker::noop());
        match Pin::new(body).poll_frame(&mut context) {
            Poll::Ready(frame) => frame.map(|frame| frame.map(|frame| frame.into_data().unwrap())),
            Poll::Pending => panic!("it never waits"),
        }
    }

    #[test]
    fn a_message_goes_in_pieces_behind_its_length() {
        let mut body = Envelope::new(vec![7; PIECE + 3].into(), true).unwrap();
        assert_eq!(body.left(), PIECE + 8);
        let (mut whole, mut pieces) = (Vec::new(), Vec::new());
        while let Some(piece) = next(&mut body) {
            let piece = piece.unwrap();
            pieces.push(piece.len());
            whole.extend(piece);
        }
        assert_eq!(whole[..6], [1, 0, 0, 0x40, 3, 7]);
        assert_eq!(whole.len(), PIECE + 8);
        assert_eq!(pieces, [5, PIECE, 2, 1]);
    }

    #[test]
    fn it_is_handed_over_whole_or_can_be_stopped() {
        let body = || Envelope::new(Bytes::from_static(b"ab"), false).unwrap();
        let mut whole = body();
        let way = whole.way();
        while next(&mut whole).is_some() {}
        assert!(!way.stop());
        assert!(next(&mut whole).is_none());

        let mut stopped = body();
        for _ in 0..3 {
            assert!(next(&mut stopped).unwrap().is_ok());
        }
        // All of it was taken, but not its end.
        assert!(stopped.way().stop() && stopped.way().stop());
        assert!(next(&mut stopped).unwrap().is_err());
    }
}
