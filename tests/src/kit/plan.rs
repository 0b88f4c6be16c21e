//! What a framework under test serves: routes whose handlers say what to answer in neutral terms.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tracer_core::Tracer;
use tracer_core::http::HttpServer;

use super::Failed;
use super::client::Protocol;
use super::reply::Reply;

/// A framework whose adapter is under test.
pub trait Framework: Copy + Send + Sync + 'static {
    /// The `component` tag of its spans.
    const COMPONENT: &'static str;
    /// What a case speaks to it unless it says so itself; see [`Http2`].
    const PROTOCOL: Protocol = Protocol::Http1;
    /// Whether the adapter learns the route of a request (`METHOD route` is the name of its span).
    const ROUTES: bool;
    /// Whether the adapter learns that no route matched (`METHOD not_found`).
    const UNMATCHED: bool;
    /// Whether the framework drops a handler that still runs when its client has closed the
    /// connection. actix-web lets it finish: over HTTP/1.1 the client may have closed its half only,
    /// over HTTP/2 it runs as a task of its own.
    const DROPS_HANDLERS: bool;
    /// Whether the framework can send trailers.
    const TRAILERS: bool;
    /// The status that a timeout round the handler answers in the framework's own way. `None`: the
    /// service fails, and the connection with it.
    const TIMEOUT: Option<u16>;
    /// Over which protocols it can serve CONNECT.
    const TUNNELS: &'static [Protocol];
    /// Whether an HTTP/2 stream can become a WebSocket (RFC 8441).
    const SWITCHES_STREAMS: bool;

    /// Serves a plan on a bound listener of the loopback address until it is told to stop, with
    /// the adapter outermost (but see [`Around`]), over HTTP/1.1 and over HTTP/2 with prior
    /// knowledge.
    ///
    /// # Errors
    ///
    /// When the server cannot start.
    fn serve(self, plan: Plan, listener: std::net::TcpListener) -> Result<Running, Failed>;
}

/// A framework over HTTP/2, in all cases that do not say themselves what they speak.
#[derive(Clone, Copy, Debug)]
pub struct Http2<F>(pub F);

impl<F: Framework> Framework for Http2<F> {
    const COMPONENT: &'static str = F::COMPONENT;
    const PROTOCOL: Protocol = Protocol::Http2;
    const ROUTES: bool = F::ROUTES;
    const UNMATCHED: bool = F::UNMATCHED;
    const DROPS_HANDLERS: bool = F::DROPS_HANDLERS;
    const TRAILERS: bool = F::TRAILERS;
    const TIMEOUT: Option<u16> = F::TIMEOUT;
    const TUNNELS: &'static [Protocol] = F::TUNNELS;
    const SWITCHES_STREAMS: bool = F::SWITCHES_STREAMS;

    fn serve(self, plan: Plan, listener: std::net::TcpListener) -> Result<Running, Failed> {
        self.0.serve(plan, listener)
    }
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
    /// Who answers CONNECT, which has no path.
    pub tunnel: Option<Handler>,
    /// What stands round the handlers beside the adapter.
    pub around: Around,
}

impl Plan {
    /// Nothing is served, by an adapter as it comes.
    pub fn new(tracer: Arc<dyn Tracer>) -> Self {
        Self {
            tracer,
            configure: Arc::new(|http| http),
            routes: Vec::new(),
            nested: Vec::new(),
            tunnel: None,
            around: Around::Nothing,
        }
    }
}

/// What stands round the handlers beside the adapter, in the framework's own way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Around {
    /// Nothing.
    #[default]
    Nothing,
    /// A timeout inside of the adapter.
    TimeoutInside(Duration),
    /// A timeout around the adapter.
    TimeoutOutside(Duration),
    /// The adapter again: around and in the router, and on what is nested in it.
    Again,
    /// The adapter again on what is nested, where it ends spans at the headers.
    Streaming,
    /// A middleware inside of the adapter that answers 401 to everybody.
    Doorman,
}

impl Around {
    /// The timeout inside.
    pub fn inside(self) -> Option<Duration> {
        match self {
            Self::TimeoutInside(after) => Some(after),
            _ => None,
        }
    }

    /// The timeout outside.
    pub fn outside(self) -> Option<Duration> {
        match self {
            Self::TimeoutOutside(after) => Some(after),
            _ => None,
        }
    }
}

/// What a handler is told of a request.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// Headers, lower-case.
    pub headers: Vec<(String, String)>,
    /// The body, if its length was announced.
    pub body: Bytes,
}

impl Ask {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}
