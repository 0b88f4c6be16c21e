//! What a client under test must do: calls that a case describes in neutral terms.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::mpsc;
use tracer_core::http::HttpClient;
use tracer_core::{SpanRef, Tracer};

use super::line::{Ended, Orders};
use super::plan::{Method, RuleFn};
use crate::kit::{Failed, Read};

/// A client library whose adapter is under test.
pub trait RpcClientFramework: Copy + Send + Sync + 'static {
    /// The `component` tag of its spans.
    const COMPONENT: &'static str;
    /// Whether the adapter sees which host is called. Of a channel only the path is seen.
    const SEES_HOSTS: bool;
    /// The code of a call that finds nobody listening. A channel of gRPC knows what that means, a
    /// client of HTTP has an error like any other.
    const REFUSED: &'static str;
    /// The code of a call whose stream the server reset (INTERNAL_ERROR), for the same reason.
    const RESET: &'static str;

    /// Makes a call inside the adapter, with the call's span current, as it says.
    fn call(self, call: Call) -> Pin<Box<dyn Future<Output = Result<Ended, Failed>> + Send>>;
}

/// Settings that every client adapter of gRPC has.
#[derive(Clone, Default)]
pub struct ClientSettings {
    /// What is traced, skipped or only propagated.
    pub rule: Option<RuleFn>,
    /// The name of the service that is called.
    pub peer_service: Option<&'static str>,
    /// The `host:port` that is called.
    pub peer_address: Option<String>,
    /// How long a call may take, as the adapter is told.
    pub timeout: Option<Duration>,
}

impl ClientSettings {
    /// Tells an adapter's rules.
    pub fn apply(&self, mut http: HttpClient) -> HttpClient {
        if let Some(name) = self.peer_service {
            http = http.peer_service(name);
        }
        if let Some(address) = &self.peer_address {
            http = http.peer_address(address);
        }
        if let Some(timeout) = self.timeout {
            http = http.rpc_timeout(timeout);
        }
        match self.rule.clone() {
            Some(rule) => http.rule(move |request| rule(request)),
            None => http,
        }
    }
}

/// A call.
pub struct Call {
    /// Records.
    pub tracer: Arc<dyn Tracer>,
    /// Settings of the adapter.
    pub settings: ClientSettings,
    /// Who is called.
    pub address: SocketAddr,
    /// What is called.
    pub method: Method,
    /// Metadata that the caller sets itself.
    pub metadata: HeaderMap,
    /// What is sent.
    pub orders: Orders,
    /// The span that is current while the call is made.
    pub current: SpanRef,
    /// How many messages of the answer are read.
    pub read: Read,
    /// Gets each message that has been read.
    pub seen: mpsc::UnboundedSender<Bytes>,
    /// The deadline of the call: sent along, and kept up to the headers of the answer in the
    /// library's own way.
    pub timeout: Option<Duration>,
    /// Gives the call up, wherever it is, after this time.
    pub patience: Option<Duration>,
}
