//! What a framework under test serves: routes whose handlers say what to answer in neutral terms.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;
use tracer_core::http::HttpServer;
use tracer_core::{SpanId, SpanRef, Tracer};

use super::Failed;

/// A framework whose adapter is under test.
pub trait Framework: Copy + Send + Sync + 'static {
    /// The `component` tag of its spans.
    const COMPONENT: &'static str;
    /// Whether the adapter learns the route of a request (`METHOD route` is the name of its span).
    const ROUTES: bool;
    /// Whether the adapter learns that no route matched (`METHOD not_found`).
    const UNMATCHED: bool;
    /// Whether the framework drops a handler that still runs when its client has closed the
    /// connection. actix-web lets it finish: over HTTP/1.1 the client may have closed its half only,
    /// over HTTP/2 it runs as a task of its own.
    const DROPS_HANDLERS: bool;

    /// Serves a plan on a bound listener of the loopback address until it is told to stop, with
    /// the adapter outermost, over HTTP/1.1 and over HTTP/2 with prior knowledge.
    ///
    /// # Errors
    ///
    /// When the server cannot start.
    fn serve(self, plan: Plan, listener: std::net::TcpListener) -> Result<Running, Failed>;
}

/// A server that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Stops accepting, lets requests in flight end, then ends the server.
    pub stop: Box<dyn FnOnce() + Send>,
}

/// Changes the adapter's settings.
pub type Configure = Arc<dyn Fn(HttpServer) -> HttpServer + Send + Sync>;

/// Answers requests.
pub type Handler = Arc<dyn Fn(Ask) -> Pin<Box<dyn Future<Output = Reply> + Send>> + Send + Sync>;

/// Makes a handler of a closure.
pub fn handler<F, Fut>(answer: F) -> Handler
where
    F: Fn(Ask) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    Arc::new(move |ask| Box::pin(answer(ask)))
}

/// What a server must serve.
#[derive(Clone)]
pub struct Plan {
    /// Records.
    pub tracer: Arc<dyn Tracer>,
    /// Settings of the adapter.
    pub configure: Configure,
    /// Patterns (`/users/{id}`) for any method, and who answers.
    pub routes: Vec<(&'static str, Handler)>,
    /// The same below `/nested`, in the framework's own way of nesting (router, scope).
    pub nested: Vec<(&'static str, Handler)>,
}

/// What a handler is told of a request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The path.
    pub path: String,
    /// Headers, lower-case.
    pub headers: Vec<(String, String)>,
}

impl Ask {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

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
    /// A body in pieces, of unknown length.
    Stream(Frames),
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
    /// The body fails.
    Fails(&'static str),
    /// The body panics.
    Panics(&'static str),
}

/// The pieces of a streamed body, and what is dropped with them.
#[derive(Debug)]
pub struct Frames {
    pieces: mpsc::UnboundedReceiver<Frame>,
    _witness: Option<Witness>,
}

impl Frames {
    /// The next piece; `None` after the last.
    pub async fn recv(&mut self) -> Option<Frame> {
        self.pieces.recv().await
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
    let (feed, body) = mpsc::unbounded_channel();
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let answer = handler(move |_| {
        let body = body.lock().ok().and_then(|mut body| body.take());
        std::future::ready(
            body.map_or_else(|| Reply::status(410), |body| Reply::Stream(body.into())),
        )
    });
    (feed, answer)
}
