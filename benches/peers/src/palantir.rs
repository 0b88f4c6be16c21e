//! palantir's `zipkin`, by hand: it reports on the thread of the request.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use axum::extract::MatchedPath;
use http::Request;
use tracer_benches::bare::Bare;
use tracer_benches::case::{Case, Wire};
use tracer_benches::drive::requests;
use tracer_benches::harness::Contestant;
use zipkin::{CurrentGuard, Detached, Endpoint, Kind, OpenSpan, Report, Sample, TraceId};

use crate::by_hand::{ByHand, Span};

static SAMPLES: AtomicBool = AtomicBool::new(true);
static EXPORTED: AtomicU64 = AtomicU64::new(0);

struct Null;

impl Report for Null {
    fn report(&self, span: zipkin::Span) {
        drop(span);
        EXPORTED.fetch_add(1, Ordering::Relaxed);
    }
}

struct Switched;

impl Sample for Switched {
    fn sample(&self, _: TraceId) -> bool {
        SAMPLES.load(Ordering::Relaxed)
    }
}

/// Its name in the tables.
pub const NAME: &str = "palantir zipkin, by hand";

/// The contestant.
pub fn by_hand(case: Case) -> Option<Contestant> {
    let run = requests(ByHand::<_, Palantir>::new(Bare), case, Wire::B3);
    contestant(NAME, case, run)
}

/// A contestant whose spans go to the global tracer.
pub fn contestant(name: &str, case: Case, run: impl FnMut(u32) + 'static) -> Option<Contestant> {
    static TRACER: OnceLock<()> = OnceLock::new();
    TRACER.get_or_init(|| {
        let endpoint = Endpoint::builder().service_name("benches").build();
        zipkin::set_tracer(Switched, Null, endpoint).expect("set once");
    });
    SAMPLES.store(case != Case::Off, Ordering::Relaxed);
    let exported = || EXPORTED.load(Ordering::Relaxed);
    Some(Contestant::new(name, run).exported(exported))
}

/// A span with the facts of an HTTP request.
pub struct Palantir(OpenSpan<Detached>);

impl Span for Palantir {
    type Guard = CurrentGuard;

    fn start<Q>(request: &Request<Q>) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("", MatchedPath::as_str);
        let headers = request.headers();
        let mut span = match http_zipkin::get_trace_context(headers) {
            Some(context) => zipkin::join_trace(context),
            None => zipkin::new_trace_from(http_zipkin::get_sampling_flags(headers)),
        }
        .detach();
        if span.context().sampled() != Some(false) {
            span.name(&format!("{} {route}", request.method()));
            span.kind(Kind::Server);
            span.tag("http.method", request.method().as_str());
            span.tag("http.path", request.uri().path());
            span.tag("http.route", route);
            span.tag("component", "axum");
        }
        Self(span)
    }

    fn enter(&self) -> CurrentGuard {
        zipkin::set_current(self.0.context())
    }

    fn status(&mut self, status: u16) {
        if self.0.context().sampled() != Some(false) {
            self.0.tag("http.status_code", &status.to_string());
        }
    }
}
