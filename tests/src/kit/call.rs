//! What a client under test must do: calls that a case describes in neutral terms.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tracer_core::http::HttpClient;
use tracer_core::{SpanRef, Tracer};

use super::Failed;

/// A client library whose adapter is under test.
pub trait ClientFramework: Copy + Send + Sync + 'static {
    /// The `component` tag of its spans.
    const COMPONENT: &'static str;
    /// How many spans a call that is redirected once leaves: 2 if each hop passes the adapter, 1 if
    /// the client follows inside.
    const SPANS_OF_A_REDIRECT: usize;

    /// Whether the client tells its caller that a body broke off before its announced length. awc
    /// takes that for the end; the span knows better.
    const TELLS_BROKEN_BODIES: bool;

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
    /// Headers that the caller sets itself.
    pub headers: Vec<(&'static str, String)>,
    /// The span that is current while the call is made.
    pub current: SpanRef,
    /// How much of the answer is read.
    pub read: Read,
    /// Gives the call up, wherever it is, after this time.
    pub patience: Option<Duration>,
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
}

impl Read {
    /// How many pieces of the body are asked for at most.
    pub const fn pieces(self) -> usize {
        match self {
            Self::All => usize::MAX,
            Self::One => 1,
            Self::Nothing => 0,
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
}
