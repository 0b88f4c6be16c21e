//! What a client under test must do: calls that a case describes in neutral terms.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tracer_core::http::HttpClient;
use tracer_core::{SpanId, SpanRef, Tracer};

use super::Failed;
use super::client::Protocol;

/// A client library whose adapter is under test.
pub trait ClientFramework: Copy + Send + Sync + 'static {
    /// The `component` tag of its spans.
    const COMPONENT: &'static str;
    /// How many spans a call that is redirected once leaves: 2 if each hop passes the adapter, 1 if
    /// the client follows inside. This and what follows is said only where a client differs.
    const SPANS_OF_A_REDIRECT: usize = 1;

    /// Which protocol it speaks.
    const PROTOCOL: Protocol;
    /// Whether its timeout strikes inside of the adapter, and is an error then. awc counts outside:
    /// the call was given up.
    const TIMEOUT_INSIDE: bool = true;
    /// Whether a request can carry which repetition it is. awc's have nothing for that.
    const TELLS_ATTEMPTS: bool = true;
    /// Whether a request can carry the template of its path. For awc a hook names the span.
    const TELLS_TEMPLATES: bool = true;
    /// Whether it can switch to another protocol (101), which HTTP/1.1 alone has.
    const SWITCHES: bool = matches!(Self::PROTOCOL, Protocol::Http1);
    /// Whether it passes over interim answers (103). awc takes one for the answer.
    const SKIPS_INTERIM: bool = true;
    /// Whether the client tells its caller that a body broke off before its announced length. awc
    /// takes that for the end; the span knows better.
    const TELLS_BROKEN_BODIES: bool = true;

    /// Makes a call inside the adapter, with the call's span current, as it says.
    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Answer, Failed>> + Send>>;
}

/// Changes the adapter's settings.
pub type ConfigureClient = Arc<dyn Fn(HttpClient) -> HttpClient + Send + Sync>;

/// A call.
#[derive(Clone)]
pub struct Call {
    /// Records.
    pub tracer: Arc<dyn Tracer>,
    /// Settings of the adapter.
    pub configure: ConfigureClient,
    /// The method.
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// The template of the URL's path, if the request can carry it.
    pub template: Option<&'static str>,
    /// Headers that the caller sets itself.
    pub headers: Vec<(&'static str, String)>,
    /// The span that is current while the call is made.
    pub current: SpanRef,
    /// How much of the answer is read.
    pub read: Read,
    /// Gives the call up, wherever it is, after this time.
    pub patience: Option<Duration>,
    /// The client's own timeout, for the head of the answer at least.
    pub timeout: Option<Duration>,
    /// How often the call is made while the answer is 503, in a way that is usual with the client;
    /// each passes the adapter.
    pub attempts: u32,
}

impl Call {
    /// `GET` by an adapter as it comes, outside of any span; the whole body is read.
    pub fn new(tracer: Arc<dyn Tracer>, url: String) -> Self {
        Self {
            tracer,
            configure: Arc::new(|http| http),
            method: "GET",
            url,
            template: None,
            headers: Vec::new(),
            current: SpanRef::none(),
            read: Read::All,
            patience: None,
            timeout: None,
            attempts: 1,
        }
    }
}

/// How much of an answer is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// The whole body.
    All,
    /// One piece of it, then it is dropped.
    One,
    /// Nothing: the answer is dropped.
    Nothing,
    /// There is none: the call asks for a WebSocket, and what comes back of [`PING`] over the
    /// switched connection, as it is, is taken for the body.
    Switched,
}

/// What is sent over a connection that was switched.
pub const PING: &[u8] = b"ping";

impl Read {
    /// How many pieces of the body are asked for at most.
    pub const fn pieces(self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::One => 1,
            Self::Nothing | Self::Switched => 0,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// What was read of the body.
    pub body: String,
    /// The span that is current when all of that has been done.
    pub after: Option<SpanId>,
}

impl Answer {
    /// Of a status and what was read of its body, now.
    pub fn new(status: u16, body: &[u8]) -> Self {
        Self {
            status,
            body: String::from_utf8_lossy(body).into_owned(),
            after: SpanRef::current().span_id(),
        }
    }
}
