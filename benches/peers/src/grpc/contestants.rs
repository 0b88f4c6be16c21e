//! Layers for gRPC.

use fastrace::collector::SpanContext;
use fastrace::local::LocalParentGuard;
use fastrace_tonic::FastraceServerLayer;
use http::{HeaderMap, Request};
use tonic_tracing_opentelemetry::middleware::server::OtelGrpcLayer;
use tower::Layer;
use tower_otel::trace::GrpcLayer;
use tracer_benches::case::{Case, Wire};
use tracer_benches::grpc::{Answer, calls};
use tracer_benches::harness::Contestant;
use tracing::Level;

use crate::by_hand::{ByHand, Span};
use crate::{fast, otel};

/// `fastrace-tonic` as it comes, but for the decision about new traces. Its spans end with the
/// headers.
pub fn fastrace_tonic(case: Case) -> Option<Contestant> {
    let layer = FastraceServerLayer::default().with_span_context_extractor(fast::caller);
    let run = calls(layer.layer(Answer), case, Wire::W3c);
    fast::contestant("fastrace-tonic (a name alone)", case, run)
}

/// fastrace with the same facts as ours, the status from the trailers among them.
pub fn fastrace_same_facts(case: Case) -> Option<Contestant> {
    let run = calls(ByHand::<_, Call>::new(Answer), case, Wire::W3c);
    fast::contestant(fast::SAME_FACTS, case, run)
}

/// `tonic-tracing-opentelemetry`, whose spans end with the headers.
pub fn tonic_tracing(case: Case) -> Option<Contestant> {
    otel::provider();
    let run = calls(OtelGrpcLayer::default().layer(Answer), case, Wire::W3c);
    otel::contestant("tonic-tracing-opentelemetry", case, run)
}

/// `tower-otel`, whose layer for gRPC knows the headers alone too.
pub fn tower_otel(case: Case) -> Option<Contestant> {
    otel::provider();
    let layer = GrpcLayer::server(Level::INFO);
    let run = calls(layer.layer(Answer), case, Wire::W3c);
    otel::contestant("tower-otel", case, run)
}

struct Call(fastrace::Span);

impl Span for Call {
    type Guard = LocalParentGuard;

    fn start<Q>(request: &Request<Q>) -> Self {
        let name = request.uri().path().trim_start_matches('/');
        let context = fast::caller(request.headers()).unwrap_or_else(SpanContext::random);
        let span = fastrace::Span::root(name.to_owned(), context).with_properties(|| {
            let (service, method) = name.rsplit_once('/').unwrap_or_default();
            [
                ("span.kind", "server".into()),
                ("rpc.system", "grpc".into()),
                ("rpc.service", service.to_owned()),
                ("rpc.method", method.to_owned()),
                ("component", "tonic".into()),
            ]
        });
        Self(span)
    }

    fn enter(&self) -> LocalParentGuard {
        self.0.set_local_parent()
    }

    fn status(&mut self, _: u16) {}

    fn trailers(&mut self, trailers: &HeaderMap) {
        let status = trailers.get("grpc-status");
        self.0.add_properties(|| {
            let status = status.and_then(|status| status.to_str().ok());
            let name = if status == Some("0") { "OK" } else { "UNKNOWN" };
            [
                ("grpc.status_code", name.to_owned()),
                ("grpc.messages_sent", 1.to_string()),
            ]
        });
    }
}
