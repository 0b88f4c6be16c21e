//! The same axum application behind everybody's layer.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry_instrumentation_tower::http::extractors::AxumMatchedPathExtractor;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;
use tokio::runtime::Runtime;
use tower::layer::layer_fn;
use tower_otel::trace::HttpLayer;
use tracer_benches::case::{Case, ROUTE, Wire};
use tracer_benches::harness::Contestant;
use tracer_benches::ours::{self, Finish};
use tracer_core::NoopTracer;
use tracing::Level;

use crate::by_hand::ByHand;
use crate::fast::{self, Fast};
use crate::palantir::{self, Palantir};
use crate::{otel, otel_layers};

/// An application, what it is sent, and what makes a contestant of it.
pub struct Server {
    router: Router,
    /// False for those who have no spans.
    pub traced: bool,
    /// Which headers it is sent.
    pub case: Case,
    /// In which form.
    pub wire: Wire,
    /// Makes the contestant.
    pub finish: Finish,
}

impl Server {
    /// Serves on a free port, which is returned.
    pub fn listen(&self, runtime: &Runtime) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("set");
        let port = listener.local_addr().expect("bound").port();
        let router = self.router.clone();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("taken");
            axum::serve(listener, router).await
        });
        port
    }
}

/// Everybody; no layer first, and then those who have no spans.
pub fn all() -> Vec<Server> {
    let mut all = vec![
        bare("no layer", routes()),
        bare(
            "a layer that wraps future and body, and no more",
            routes().layer(layer_fn(ByHand::<_, ()>::new)),
        ),
        bare(
            "ours, `NoopTracer`",
            routes().layer(ours::layer(Arc::new(NoopTracer))),
        ),
        ours("ours, switched off", Case::Off),
        ours("ours, unsampled parent", Case::UnsampledParent),
        ours("ours, sampled parent", Case::SampledParent),
    ];
    all.extend(peers());
    all
}

async fn hello() -> &'static str {
    "Hello, World!"
}

fn routes() -> Router {
    Router::new().route(ROUTE, get(hello))
}

fn bare(name: &'static str, router: Router) -> Server {
    Server {
        router,
        traced: false,
        case: Case::NewRoot,
        wire: Wire::B3,
        finish: Box::new(move |run| Contestant::new(name, run)),
    }
}

fn ours(name: &str, case: Case) -> Server {
    let (layer, finish) = ours::layered(name, case);
    Server {
        router: routes().layer(layer),
        traced: true,
        case,
        wire: Wire::B3,
        finish,
    }
}

/// As in the table without sockets, all with a sampled parent.
fn peers() -> [Server; 7] {
    otel::provider();
    let instrumentation = LayerBuilder::builder()
        .with_metrics(false)
        .with_route_extractor(AxumMatchedPathExtractor)
        .build()
        .expect("built");
    let fast = |name, router| sampled(router, Wire::W3c, name, fast::contestant);
    let otel = |name, router| sampled(router, Wire::W3c, name, otel::contestant);
    [
        fast(fast::TOWER, routes().layer(fast::layer())),
        fast(
            fast::SAME_FACTS,
            routes().layer(layer_fn(ByHand::<_, Fast>::new)),
        ),
        sampled(
            routes().layer(layer_fn(ByHand::<_, Palantir>::new)),
            Wire::B3,
            palantir::NAME,
            palantir::contestant,
        ),
        otel(
            "opentelemetry-instrumentation-tower",
            routes().layer(instrumentation),
        ),
        otel(
            "tower-http + tracing-opentelemetry",
            routes().layer(otel_layers::trace_layer()),
        ),
        otel(
            "tower-otel",
            routes().layer(HttpLayer::server(Level::INFO).trace_body()),
        ),
        otel(
            "axum-tracing-opentelemetry",
            routes().layer(OtelAxumLayer::default()),
        ),
    ]
}

fn sampled(
    router: Router,
    wire: Wire,
    name: &'static str,
    contestant: impl FnOnce(&str, Case, Box<dyn FnMut(u32)>) -> Option<Contestant> + 'static,
) -> Server {
    Server {
        router,
        traced: true,
        case: Case::SampledParent,
        wire,
        finish: Box::new(move |run| {
            let contestant = contestant(name, Case::SampledParent, run);
            contestant.expect("every peer knows a sampled parent")
        }),
    }
}
