//! What a framework under test serves: calls of the four kinds, answered in neutral terms.

use std::future::Future;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::mpsc;
use tracer_core::Tracer;
use tracer_core::http::{HttpServer, Incoming, RequestView, Rule};

use super::raw::RawHandler;
use crate::kit::{Failed, Running, Witness};

/// The service that is served.
pub const SERVICE: &str = "kit.Calls";

/// A framework whose adapter is under test.
pub trait RpcFramework: Copy + Send + Sync + 'static {
    /// The `component` tag of its spans.
    const COMPONENT: &'static str;
    /// Whether a layer of plain HTTP stands round the adapter: what it records stands beside what
    /// gRPC says.
    const INSIDE_HTTP: bool;

    /// Serves a plan on a bound listener of the loopback address until it is told to stop, over
    /// HTTP/2 with prior knowledge. Methods that [`SERVICE`] does not have are answered UNIMPLEMENTED
    /// without a message.
    ///
    /// # Errors
    ///
    /// When the server cannot start.
    fn serve(self, plan: Plan, listener: TcpListener) -> Result<Running, Failed>;
}

/// The methods of [`SERVICE`], one for each kind of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One message, one message.
    Unary,
    /// One message, many messages.
    Download,
    /// Many messages, one message.
    Upload,
    /// Many messages, many messages.
    Chat,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Unary, Self::Download, Self::Upload, Self::Chat];

    /// The path.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Unary => "/kit.Calls/Unary",
            Self::Download => "/kit.Calls/Download",
            Self::Upload => "/kit.Calls/Upload",
            Self::Chat => "/kit.Calls/Chat",
        }
    }

    /// The method of a path, if [`SERVICE`] has it.
    pub fn of(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.path() == path)
    }

    /// Whether many messages may be answered.
    pub const fn answers_many(self) -> bool {
        matches!(self, Self::Download | Self::Chat)
    }
}

/// What a server must serve.
#[derive(Clone)]
pub struct Plan {
    /// Records.
    pub tracer: Arc<dyn Tracer>,
    /// Settings of the adapter.
    pub settings: Settings,
    /// Who answers.
    pub answer: Answer,
}

/// Settings that every server adapter of gRPC has.
#[derive(Clone, Default)]
pub struct Settings {
    /// What is traced, skipped or only propagated.
    pub rule: Option<RuleFn>,
    /// Methods that the adapter is told of, as `pkg.Service/Method`.
    pub methods: Vec<&'static str>,
    /// How long a call may take, as the adapter is told.
    pub timeout: Option<Duration>,
    /// Whether callers are trusted.
    pub incoming: Incoming,
}

impl Settings {
    /// Tells an adapter's rules.
    pub fn apply(&self, http: HttpServer) -> HttpServer {
        let mut http = http
            .rpc_methods(self.methods.iter().copied())
            .incoming(self.incoming);
        if let Some(timeout) = self.timeout {
            http = http.rpc_timeout(timeout);
        }
        match self.rule.clone() {
            Some(rule) => http.rule(move |request| rule(request)),
            None => http,
        }
    }
}

/// A rule of an adapter.
pub type RuleFn = Arc<dyn Fn(&dyn RequestView) -> Option<Rule> + Send + Sync>;

/// Who answers.
#[derive(Clone)]
pub enum Answer {
    /// The methods of [`SERVICE`], in the framework's own way.
    Calls(Handler),
    /// HTTP as it stands, for every path of [`SERVICE`]: what no gRPC server should say.
    Raw(RawHandler),
}

/// Answers calls: with a reply, or with a status instead of one (trailers-only).
pub type Handler =
    Arc<dyn Fn(Ask) -> Pin<Box<dyn Future<Output = Result<Reply, Status>> + Send>> + Send + Sync>;

/// Makes a handler of a closure.
pub fn handler<F, Fut>(answer: F) -> Handler
where
    F: Fn(Ask) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Status>> + Send + 'static,
{
    Arc::new(move |ask| Box::pin(answer(ask)))
}

/// What a handler is told of a call.
pub struct Ask {
    /// The path.
    pub path: String,
    /// Metadata, lower-case.
    pub headers: Vec<(String, String)>,
    /// The messages that the caller sends.
    pub orders: Pin<Box<dyn Stream<Item = Result<Bytes, Failed>> + Send>>,
}

impl Ask {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The number.
    pub code: u32,
    /// The text; empty if there is none.
    pub message: String,
}

impl Status {
    /// OK.
    pub const OK: Self = Self {
        code: 0,
        message: String::new(),
    };

    /// A status.
    pub fn new(code: u32, message: &str) -> Self {
        Self {
            code,
            message: message.to_owned(),
        }
    }
}

/// What a handler answers.
#[derive(Debug)]
pub struct Reply {
    /// Metadata before the messages.
    pub metadata: Vec<(&'static str, String)>,
    /// Messages and the status. Methods that answer one message take the first frame.
    pub frames: Frames,
}

impl Reply {
    /// These messages, and OK.
    pub fn messages(messages: impl IntoIterator<Item = Bytes>) -> Self {
        Self::ending(messages, Status::OK)
    }

    /// These messages, then a status.
    pub fn ending(messages: impl IntoIterator<Item = Bytes>, status: Status) -> Self {
        let frames = messages.into_iter().map(Frame::Message);
        Self::frames(frames.chain([Frame::Status(status)]))
    }

    /// These frames.
    pub fn frames(frames: impl IntoIterator<Item = Frame>) -> Self {
        let (feed, pieces) = mpsc::unbounded_channel();
        for frame in frames {
            // The receiver is right here.
            let _ = feed.send(frame);
        }
        Self::from(Frames::from(pieces))
    }
}

impl From<Frames> for Reply {
    fn from(frames: Frames) -> Self {
        Self {
            metadata: Vec::new(),
            frames,
        }
    }
}

/// A piece of an answer.
#[derive(Debug)]
pub enum Frame {
    /// A message.
    Message(Bytes),
    /// A message that is made when it is asked for.
    Made(fn() -> Bytes),
    /// The end.
    Status(Status),
    /// The stream panics.
    Panics(&'static str),
}

/// The pieces of an answer, and what is dropped with them. Their end without a status is OK.
#[derive(Debug)]
pub struct Frames {
    pieces: mpsc::UnboundedReceiver<Frame>,
    _witness: Option<Witness>,
}

impl Frames {
    /// The next message; `None` after the last.
    ///
    /// # Errors
    ///
    /// The status, if it is not OK.
    ///
    /// # Panics
    ///
    /// If the case says so.
    pub async fn next(&mut self) -> Option<Result<Bytes, Status>> {
        match self.pieces.recv().await? {
            Frame::Message(message) => Some(Ok(message)),
            Frame::Made(make) => Some(Ok(make())),
            Frame::Status(status) if status.code == 0 => None,
            Frame::Status(status) => Some(Err(status)),
            Frame::Panics(text) => std::panic::panic_any(text),
        }
    }

    /// With something that is dropped together with the stream.
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

/// Where a case feeds a stream.
pub type Feed = mpsc::UnboundedSender<Frame>;

/// A handler whose first answer is a stream that the case feeds, and the place to feed it.
pub fn fed() -> (Feed, Handler) {
    let (feed, frames) = mpsc::unbounded_channel();
    let frames = Arc::new(std::sync::Mutex::new(Some(frames)));
    let answer = handler(move |_| {
        let frames = frames.lock().ok().and_then(|mut frames| frames.take());
        let reply = frames.map(|frames| Reply::from(Frames::from(frames)));
        std::future::ready(reply.ok_or_else(|| Status::new(9, "asked twice")))
    });
    (feed, answer)
}
