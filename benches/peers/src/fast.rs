//! fastrace: its own layer, which records a name alone, and with the facts that ours records.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::extract::MatchedPath;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};
use fastrace::local::LocalParentGuard;
use fastrace_tower::{FastraceServerLayer, TRACEPARENT_HEADER};
use http::{HeaderMap, Request};
use tower::Layer;
use tracer_benches::bare::Bare;
use tracer_benches::case::{Case, Wire};
use tracer_benches::drive::requests;
use tracer_benches::harness::Contestant;

use crate::by_hand::{ByHand, Span};

static SAMPLES: AtomicBool = AtomicBool::new(true);
static EXPORTED: AtomicU64 = AtomicU64::new(0);

struct Null;

impl Reporter for Null {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        EXPORTED.fetch_add(spans.len() as u64, Ordering::Relaxed);
    }
}

/// The context that a request came with, or that of a new trace.
pub fn caller(headers: &HeaderMap) -> Option<SpanContext> {
    let sent = headers
        .get(TRACEPARENT_HEADER)
        .and_then(|value| SpanContext::decode_w3c_traceparent(value.to_str().ok()?));
    let root = || SpanContext::random().sampled(SAMPLES.load(Ordering::Relaxed));
    sent.or_else(|| Some(root()))
}

/// A contestant whose spans go through fastrace's collector.
pub fn contestant(name: &str, case: Case, run: impl FnMut(u32) + 'static) -> Option<Contestant> {
    static REPORTER: OnceLock<()> = OnceLock::new();
    REPORTER.get_or_init(|| fastrace::set_reporter(Null, Config::default()));
    SAMPLES.store(case != Case::Off, Ordering::Relaxed);
    let contestant = Contestant::new(name, run)
        .settle(fastrace::flush)
        .exported(|| EXPORTED.load(Ordering::Relaxed));
    Some(contestant)
}

/// `fastrace-tower` as it comes, but for the decision about new traces.
pub fn layer() -> FastraceServerLayer {
    FastraceServerLayer::default().with_span_context_extractor(caller)
}

/// Its name in the tables.
pub const TOWER: &str = "fastrace-tower (a name alone)";

/// The name of what records the same facts as ours.
pub const SAME_FACTS: &str = "fastrace, same facts";

/// `fastrace-tower`.
pub fn tower(case: Case) -> Option<Contestant> {
    let run = requests(layer().layer(Bare), case, Wire::W3c);
    contestant(TOWER, case, run)
}

/// With the same facts as ours.
pub fn same_facts(case: Case) -> Option<Contestant> {
    let run = requests(ByHand::<_, Fast>::new(Bare), case, Wire::W3c);
    contestant(SAME_FACTS, case, run)
}

/// A span with the facts of an HTTP request.
pub struct Fast(fastrace::Span);

impl Span for Fast {
    type Guard = LocalParentGuard;

    fn start<Q>(request: &Request<Q>) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("", MatchedPath::as_str);
        let context = caller(request.headers()).unwrap_or_else(SpanContext::random);
        let name = format!("{} {route}", request.method());
        let span = fastrace::Span::root(name, context).with_properties(|| {
            [
                ("span.kind", "server".into()),
                ("http.method", request.method().as_str().to_owned()),
                ("http.path", request.uri().path().to_owned()),
                ("http.route", route.to_owned()),
                ("component", "axum".into()),
            ]
        });
        Self(span)
    }

    fn enter(&self) -> LocalParentGuard {
        self.0.set_local_parent()
    }

    fn status(&mut self, status: u16) {
        self.0
            .add_property(|| ("http.status_code", status.to_string()));
    }
}
