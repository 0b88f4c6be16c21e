//! A tracer that writes its finished spans down, and requests and responses for it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tracer_core::http::RequestView;
use tracer_core::testing::{MockSpan, MockTracer};
use tracer_core::{
    Extract, Extracted, FlushError, Inject, Kind, OpenSpan, Sampling, SpanContext, SpanId, SpanRef,
    SpanStart, TraceId, Tracer,
};

pub(crate) type Headers = Vec<(String, String)>;

pub(crate) fn headers(pairs: &[(&str, &str)]) -> Headers {
    let pairs = pairs.iter();
    pairs.map(|(k, v)| ((*k).into(), (*v).into())).collect()
}

/// A finished span in the words of the assertions.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) peer: String,
    pub(crate) error: Option<String>,
    pub(crate) context: SpanContext,
    pub(crate) follows: usize,
}

impl Written {
    /// `key=value` of all tags, in the order of their keys.
    pub(crate) fn tags(&self) -> String {
        let tags: Vec<_> = self.tags.iter().map(|(k, v)| format!("{k}={v}")).collect();
        tags.join(" ")
    }

    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }

    pub(crate) fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

impl From<MockSpan> for Written {
    fn from(span: MockSpan) -> Self {
        let remote = &span.remote;
        let service = remote.service.as_ref().map(|service| format!("{service}@"));
        let ip = remote.ip.map(|ip| ip.to_string());
        let port = remote.port.map(|port| format!(":{port}"));
        let parts = [service, remote.host.clone(), ip, port];
        Self {
            peer: parts.into_iter().flatten().collect(),
            follows: span.references.len() + usize::from(span.follows()),
            error: span.error.map(|error| match error.message {
                Some(message) => format!("{}: {message}", error.kind),
                None => error.kind,
            }),
            tags: span
                .tags
                .into_iter()
                .map(|(k, v)| (k, v.to_string()))
                .collect(),
            name: span.name,
            kind: span.kind,
            context: span.context,
        }
    }
}

/// Spans in memory; contexts as one readable header.
#[derive(Clone)]
pub(crate) struct Tape(MockTracer);

impl Tape {
    pub(crate) fn new() -> (Self, Arc<dyn Tracer>) {
        let tape = Self(MockTracer::new());
        (tape.clone(), Arc::new(tape))
    }

    pub(crate) fn finished(&self) -> Vec<Written> {
        self.0.finished().into_iter().map(Written::from).collect()
    }

    /// The only finished span.
    pub(crate) fn only(&self) -> Written {
        let mut all = self.finished();
        assert_eq!(all.len(), 1, "{all:#?}");
        all.remove(0)
    }
}

/// `ctx: TRACE-SPAN-D` with decimal ids and a decision of `0 1 d ?`, or a decision alone.
impl Tracer for Tape {
    fn start_span(&self, start: SpanStart<'_>) -> OpenSpan {
        self.0.start_span(start)
    }

    fn extract(&self, carrier: &dyn Extract) -> Extracted {
        let Some(value) = carrier.get("ctx") else {
            return Extracted::absent();
        };
        let text = std::str::from_utf8(value).unwrap();
        let mut parts = text.rsplit('-');
        let decision = match parts.next() {
            Some("0") => Sampling::Drop,
            Some("1") => Sampling::Record,
            Some("d") => Sampling::Debug,
            _ => Sampling::Defer,
        };
        let span = parts.next().and_then(|id| SpanId::new(id.parse().unwrap()));
        let trace = parts
            .next()
            .and_then(|id| TraceId::new(id.parse().unwrap()));
        match trace.zip(span) {
            Some((trace, span)) => {
                Extracted::context(SpanContext::new(trace, span, decision), true)
            }
            None => Extracted::decision(decision),
        }
    }

    fn inject(&self, span: &SpanRef, carrier: &mut dyn Inject) {
        self.clear(carrier);
        let decision = match span.sampling() {
            Sampling::Defer => "?",
            Sampling::Drop => "0",
            Sampling::Record => "1",
            Sampling::Debug => "d",
        };
        match span.context() {
            Some(context) => {
                let trace = (u128::from(context.trace_id().high()) << 64)
                    | u128::from(context.trace_id().low());
                let span = context.span_id().get();
                carrier.set("ctx", &format!("{trace}-{span}-{decision}"));
            }
            None if span.sampling().is_decided() => carrier.set("ctx", decision),
            None => {}
        }
        if let Some(item) = span.extra().and_then(|extra| extra.baggage.iter().next()) {
            carrier.set("baggage", &format!("{}={}", item.key(), item.value()));
        }
    }

    fn clear(&self, carrier: &mut dyn Inject) {
        carrier.remove("ctx");
        carrier.remove("baggage");
    }

    fn flush(&self, _: Duration) -> Result<(), FlushError> {
        Ok(())
    }
}

/// A request to show to a handler.
#[derive(Clone, Debug)]
pub(crate) struct Req {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) query: Option<&'static str>,
    pub(crate) scheme: Option<&'static str>,
    pub(crate) host: Option<&'static str>,
    pub(crate) route: Option<&'static str>,
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) resend: Option<u32>,
    pub(crate) headers: Headers,
}

pub(crate) fn req(method: &'static str, path: &'static str) -> Req {
    Req {
        method,
        path,
        query: None,
        scheme: None,
        host: None,
        route: None,
        peer: None,
        resend: None,
        headers: Headers::new(),
    }
}

pub(crate) fn grpc(path: &'static str) -> Req {
    req("POST", path).header("content-type", "application/grpc")
}

impl Req {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn route(mut self, route: &'static str) -> Self {
        self.route = Some(route);
        self
    }

    pub(crate) fn url(mut self, scheme: &'static str, host: &'static str) -> Self {
        self.scheme = Some(scheme);
        self.host = Some(host);
        self
    }
}

impl RequestView for Req {
    fn method(&self) -> &str {
        self.method
    }
    fn path(&self) -> &str {
        self.path
    }
    fn query(&self) -> Option<&str> {
        self.query
    }
    fn scheme(&self) -> Option<&str> {
        self.scheme
    }
    fn host(&self) -> Option<&str> {
        self.host
    }
    fn route(&self) -> Option<&str> {
        self.route
    }
    fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }
    fn resend_count(&self) -> Option<u32> {
        self.resend
    }
    fn headers(&self) -> &dyn Extract {
        &self.headers
    }
}
