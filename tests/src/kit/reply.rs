//! What a handler answers, in neutral terms.

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tracer_core::{SpanId, SpanRef};

use super::plan::{Handler, handler};

/// What a handler answers.
#[derive(Debug)]
pub enum Reply {
    /// A body as a whole.
    Whole {
        /// The status.
        status: u16,
        /// Headers.
        headers: Vec<(&'static str, String)>,
        /// The body.
        body: Bytes,
    },
    /// A body in pieces.
    Stream(Frames),
    /// The connection becomes another protocol's: 101, or 200 to CONNECT. What follows on it goes
    /// to and comes from here.
    Switch {
        /// The status.
        status: u16,
        /// One end of a pipe; the task that serves the connection holds the other.
        pipe: DuplexStream,
    },
    /// An error, in the framework's own way of returning one together with a status.
    Error {
        /// The status.
        status: u16,
        /// Its text.
        message: &'static str,
    },
}

impl Reply {
    /// A status and, where it may have one, a body of a few bytes.
    pub fn status(status: u16) -> Self {
        Self::Whole {
            status,
            headers: Vec::new(),
            body: Bytes::from_static(match status {
                204 | 205 | 304 => b"",
                _ => b"body",
            }),
        }
    }

    /// 200 and a text.
    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::Whole {
            status: 200,
            headers: Vec::new(),
            body: text.into(),
        }
    }

    /// 200.
    pub fn ok() -> Self {
        Self::status(200)
    }
}

/// A piece of a streamed body.
#[derive(Debug)]
pub enum Frame {
    /// Data.
    Data(&'static str),
    /// Data; the poll that finds it drops this.
    Seen(&'static str, Witness),
    /// A trailer: name and value. Nothing can follow.
    Trailer(&'static str, &'static str),
    /// The body fails.
    Fails(&'static str),
    /// The body panics.
    Panics(&'static str),
}

/// The pieces of a streamed body, and what is dropped with them.
#[derive(Debug)]
pub struct Frames {
    pieces: mpsc::UnboundedReceiver<Frame>,
    headers: Vec<(&'static str, String)>,
    length: Option<u64>,
    _witness: Option<Witness>,
}

impl Frames {
    /// The next piece; `None` after the last.
    pub async fn recv(&mut self) -> Option<Frame> {
        self.pieces.recv().await
    }

    /// With a header of the response.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The headers of the response.
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// Its length in bytes is announced (`content-length`), whatever is sent then.
    pub fn announce(mut self, length: u64) -> Self {
        self.length = Some(length);
        self
    }

    /// The length that is announced.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// With something that is dropped together with the body.
    pub fn witness(mut self, witness: Witness) -> Self {
        self._witness = Some(witness);
        self
    }
}

impl From<mpsc::UnboundedReceiver<Frame>> for Frames {
    fn from(pieces: mpsc::UnboundedReceiver<Frame>) -> Self {
        Self {
            pieces,
            headers: Vec::new(),
            length: None,
            _witness: None,
        }
    }
}

/// Tells which span was current when it was dropped, by its handler or by a body.
#[derive(Debug)]
pub struct Witness(mpsc::UnboundedSender<Option<SpanId>>);

impl Witness {
    /// A witness, and where it tells.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Option<SpanId>>) {
        let (tell, told) = mpsc::unbounded_channel();
        (Self(tell), told)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // Nobody listens only if the case has given up.
        let _ = self.0.send(SpanRef::current().span_id());
    }
}

/// Where a case feeds a streamed body.
pub type Feed = mpsc::UnboundedSender<Frame>;

/// A handler whose first answer is a stream that the case feeds, and the place to feed it.
pub fn fed() -> (Feed, Handler) {
    fed_with(|frames| frames)
}

/// The same with headers, a length, a witness.
pub fn fed_with(change: impl FnOnce(Frames) -> Frames) -> (Feed, Handler) {
    let (feed, body) = mpsc::unbounded_channel();
    let body = Arc::new(std::sync::Mutex::new(Some(change(body.into()))));
    let answer = handler(move |_| {
        let body = body.lock().ok().and_then(|mut body| body.take());
        std::future::ready(body.map_or_else(|| Reply::status(410), Reply::Stream))
    });
    (feed, answer)
}
