//! Layers over OpenTelemetry, with and without `tracing` between.

use std::time::Duration;

use axum::extract::MatchedPath;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use http::{Request, Response};
use opentelemetry::global;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_instrumentation_tower::http::extractors::AxumMatchedPathExtractor;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use tower::Layer;
use tower_http::trace::{HttpMakeClassifier, MakeSpan, OnResponse, TraceLayer};
use tower_otel::trace::HttpLayer;
use tracer_benches::bare::Bare;
use tracer_benches::case::{Case, Wire};
use tracer_benches::drive::requests;
use tracer_benches::harness::Contestant;
use tracing::field::Empty;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::otel::{contestant, provider};

/// `opentelemetry-instrumentation-tower`, its metrics off.
pub fn instrumentation_tower(case: Case) -> Option<Contestant> {
    provider();
    let layer = LayerBuilder::builder()
        .with_metrics(false)
        .with_route_extractor(AxumMatchedPathExtractor)
        .build()
        .expect("built");
    let run = requests(layer.layer(Bare), case, Wire::W3c);
    contestant("opentelemetry-instrumentation-tower", case, run)
}

/// tower-http's `TraceLayer`.
pub fn tower_http(case: Case) -> Option<Contestant> {
    provider();
    let run = requests(trace_layer().layer(Bare), case, Wire::W3c);
    contestant("tower-http + tracing-opentelemetry", case, run)
}

/// tower-http's `TraceLayer` as it is usually set up for `tracing-opentelemetry`, recording the
/// facts that ours records.
pub fn trace_layer() -> TraceLayer<HttpMakeClassifier, Facts, (), Facts, (), (), ()> {
    TraceLayer::new_for_http()
        .make_span_with(Facts)
        .on_request(())
        .on_response(Facts)
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}

/// What is recorded.
#[derive(Clone, Copy)]
pub struct Facts;

impl<B> OnResponse<B> for Facts {
    fn on_response(self, response: &Response<B>, _: Duration, span: &Span) {
        span.record("http.status_code", response.status().as_u16());
    }
}

impl<B> MakeSpan<B> for Facts {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let route = request.extensions().get::<MatchedPath>();
        let route = route.map_or("", MatchedPath::as_str);
        let span = tracing::info_span!(
            "request",
            otel.name = format!("{} {route}", request.method()),
            otel.kind = "server",
            http.method = request.method().as_str(),
            http.path = request.uri().path(),
            http.route = route,
            component = "axum",
            http.status_code = Empty,
        );
        let parent = global::get_text_map_propagator(|propagator| {
            propagator.extract(&HeaderExtractor(request.headers()))
        });
        let _ = span.set_parent(parent);
        span
    }
}

/// `tower-otel`, with the layer that sees the body.
pub fn tower_otel(case: Case) -> Option<Contestant> {
    provider();
    let layer = HttpLayer::server(Level::INFO).trace_body();
    let run = requests(layer.layer(Bare), case, Wire::W3c);
    contestant("tower-otel", case, run)
}

/// `axum-tracing-opentelemetry`, whose spans end with the headers.
pub fn axum_tracing(case: Case) -> Option<Contestant> {
    provider();
    let run = requests(OtelAxumLayer::default().layer(Bare), case, Wire::W3c);
    contestant("axum-tracing-opentelemetry", case, run)
}
