//! Edges, and calls that a handler hands on within the process.

use axum::Router;
use axum::body::Body;
use http::Request;
use tonic::Code;
use tower::ServiceExt;
use tracer_core::Sampling;
use tracer_core::http::{HttpServer, Incoming};
use tracer_core::testing::MockTracer;

use crate::service::{CallsClient, Order};
use crate::support::{endpoint, error, kitchen, only, serve, server_layer, spans};

const TRACE: &str = "463ac35c9f6413ad48485a3953bb6124";
type Edge = fn(HttpServer) -> HttpServer;
const EDGES: [(Edge, &str, bool); 4] = [
    (|http| http.incoming(Incoming::Ignore), "1", true),
    (|http| http.incoming(Incoming::Follow), "0", true),
    (|http| http.incoming(Incoming::Follow), "d", true),
    (|http| http.refuse_debug(true), "d", false),
];

fn metadata<T>(order: T, sampled: &'static str) -> tonic::Request<T> {
    let mut order = tonic::Request::new(order);
    let metadata = order.metadata_mut();
    metadata.insert("mock-trace-id", TRACE.parse().unwrap());
    metadata.insert("mock-span-id", "a2fb4a1d1a96d312".parse().unwrap());
    metadata.insert("mock-sampled", sampled.parse().unwrap());
    order
}

#[tokio::test]
async fn an_edge_follows_ignores_and_refuses() {
    for (edge, sampled, fresh) in EDGES {
        let tracer = MockTracer::new();
        let address = serve(server_layer(&tracer).configure(edge)).await;
        let mut client = CallsClient::new(endpoint(address).connect_lazy());
        client.unary(metadata(Order::ok(1), sampled)).await.unwrap();
        let span = only(&tracer).await;
        assert_eq!(span.context.trace_id().to_string() != TRACE, fresh);
        assert_eq!(span.context.sampling(), Sampling::Record);
    }
}

/// A gRPC handler's metadata is handed on to a kitchen within the process that trusts everybody.
#[tokio::test]
async fn what_an_edge_refused_counts_no_further_in_either() {
    for (edge, sampled, fresh) in EDGES {
        let tracer = MockTracer::new();
        let orders = kitchen().layer(server_layer(&tracer));
        let handler = async move |got: axum::extract::Request| {
            let mut order = tonic::Request::new(Order::fails(Code::Internal, "burnt"));
            *order.metadata_mut() =
                tonic::metadata::MetadataMap::from_headers(got.headers().clone());
            order.metadata_mut().remove("content-type");
            *order.extensions_mut() = got.extensions().clone();
            let refused = CallsClient::new(orders).unary(order).await;
            assert_eq!(refused.unwrap_err().code(), Code::Internal);
            http::Response::builder()
                .header("content-type", "application/grpc")
                .header("grpc-status", "0")
                .body(Body::empty())
                .unwrap()
        };
        let app = Router::new()
            .route("/shop.Front/Order", axum::routing::post(handler))
            .layer(server_layer(&tracer).configure(edge));
        let request = Request::post("/shop.Front/Order")
            .header("content-type", "application/grpc")
            .header("mock-trace-id", TRACE)
            .header("mock-span-id", "a2fb4a1d1a96d312")
            .header("mock-sampled", sampled)
            .body(Body::empty());
        drop(app.oneshot(request.unwrap()).await.unwrap());
        let spans = spans(&tracer, 2).await;
        assert_eq!(
            (&*spans[0].name, &*spans[1].name),
            ("test.calls.Calls/Unary", "shop.Front/Order")
        );
        assert!(spans[0].is_child_of(&spans[1]), "{}", tracer.tree());
        assert_eq!(error(&spans[0]).as_deref(), Some("INTERNAL: burnt"));
        assert_eq!(error(&spans[1]), None);
        assert_eq!(spans[1].context.trace_id().to_string() != TRACE, fresh);
        assert!(
            spans
                .iter()
                .all(|span| span.context.sampling() == Sampling::Record)
        );
    }
}
