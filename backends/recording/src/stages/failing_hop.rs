//! Where a request failed.

use std::fmt;

use tracer_core::{Endpoint, Kind, SpanId, TraceId};

use crate::finished::FinishedSpan;

/// The span in which a request of this process failed first: the deepest one.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FailingHop<'a> {
    /// The service that recorded it.
    pub service: &'a str,
    /// The name of the span.
    pub operation: &'a str,
    /// The role of the span.
    pub kind: Kind,
    /// The other side.
    pub peer: Endpoint<'a>,
    /// The class of the error.
    pub error: &'a str,
    /// What it said.
    pub message: Option<&'a str>,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// How many failures of the same hop, with the same class of error, were not told since the
    /// last one that was.
    pub repeats: u64,
}

impl<'a> FailingHop<'a> {
    pub(super) fn of(span: &FinishedSpan<'a>) -> Option<Self> {
        let error = span.error?;
        Some(Self {
            service: span.local.service.unwrap_or_default(),
            operation: span.name,
            kind: span.kind,
            peer: span.remote,
            error: error.kind,
            message: error.message,
            trace_id: span.context.trace_id(),
            span_id: span.context.span_id(),
            repeats: 0,
        })
    }
}

/// `orders: CLIENT GET to inventory-db failed: timeout: too late (trace 463ac35c9f6413ad)`
impl fmt::Display for FailingHop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.service)?;
        match self.kind {
            Kind::Local => {}
            Kind::Server => f.write_str("SERVER ")?,
            Kind::Client => f.write_str("CLIENT ")?,
            Kind::Producer => f.write_str("PRODUCER ")?,
            Kind::Consumer => f.write_str("CONSUMER ")?,
        }
        f.write_str(self.operation)?;
        // Whom a server serves does not tell where it failed.
        if matches!(self.kind, Kind::Client | Kind::Producer) {
            write_peer(f, &self.peer)?;
        }
        write!(f, " failed: {}", self.error)?;
        if let Some(message) = self.message {
            write!(f, ": {message}")?;
        }
        write!(f, " (trace {}", &*self.trace_id.short_hex())?;
        if self.repeats > 0 {
            write!(f, ", {} more like it", self.repeats)?;
        }
        f.write_str(")")
    }
}

fn write_peer(f: &mut fmt::Formatter<'_>, peer: &Endpoint<'_>) -> fmt::Result {
    match (peer.service.or(peer.host), peer.ip, peer.port) {
        (Some(name), ..) => write!(f, " to {name}"),
        (None, Some(ip), Some(port)) => write!(f, " to {}", std::net::SocketAddr::new(ip, port)),
        (None, Some(ip), None) => write!(f, " to {ip}"),
        (None, None, _) => Ok(()),
    }
}
