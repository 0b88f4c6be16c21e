//! Middleware for actix-web.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use opentelemetry::global;
use opentelemetry::propagation::Extractor;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_instrumentation_actix_web::RequestTracing;
use tracer_benches::case::{Case, Wire};
use tracer_benches::harness::Contestant;
use tracer_benches::web::{app, requests};
use tracing::Span;
use tracing_actix_web::{DefaultRootSpanBuilder, RootSpanBuilder, TracingLogger, root_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::otel::{contestant, provider};

/// `opentelemetry-instrumentation-actix-web`, whose spans end with the headers.
pub fn instrumentation_actix_web(case: Case) -> Option<Contestant> {
    provider();
    let run = requests(app().wrap(RequestTracing::new()), case, Wire::W3c);
    contestant("opentelemetry-instrumentation-actix-web", case, run)
}

/// `tracing-actix-web` with its own fields.
pub fn tracing_actix_web(case: Case) -> Option<Contestant> {
    provider();
    let logger = TracingLogger::<Continued>::new();
    let run = requests(app().wrap(logger), case, Wire::W3c);
    contestant("tracing-actix-web + tracing-opentelemetry", case, run)
}

/// What its feature for OpenTelemetry does after the default, for a release of OpenTelemetry that
/// none of its features knows yet.
struct Continued;

impl RootSpanBuilder for Continued {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let span = root_span!(request);
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract(&Headers(request.headers()))
        });
        let _ = span.set_parent(parent);
        let trace = span.context().span().span_context().trace_id();
        span.record("trace_id", tracing::field::display(trace));
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        DefaultRootSpanBuilder::on_request_end(span, outcome);
    }
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}
