//! What goes over the wire.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tonic::metadata::MetadataValue;
use tracer_core::testing::MockTracer;
use tracer_core::{Kind, Tracer, TracerExt};
use tracer_recording::{NullReporter, RecordingTracer};
use tracer_tonic::PropagateOnly;

use crate::service::{CallsClient, Order};
use crate::support::{endpoint, only, serve, server_layer};

const STALE: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

/// A request that a gateway filled with whatever came to it.
fn order() -> tonic::Request<Order> {
    let mut request = tonic::Request::new(Order::default());
    let metadata = request.metadata_mut();
    metadata.append("traceparent", STALE.parse().unwrap());
    metadata.append("traceparent", STALE.parse().unwrap());
    metadata.append("x-b3-traceid", "0af7651916cd43dd".parse().unwrap());
    metadata.append("uber-trace-id", "stale".parse().unwrap());
    metadata.append("x-table", "7".parse().unwrap());
    metadata.append_bin("grpc-trace-bin", MetadataValue::from_bytes(&[0, 255, 7]));
    metadata.append_bin("grpc-trace-bin", MetadataValue::from_bytes(&[1]));
    request
}

fn values<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let values = headers.get_all(name).iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

fn is_clean(headers: &HeaderMap) {
    assert_eq!(values(headers, "traceparent").len(), 1);
    assert!(!values(headers, "traceparent").contains(&STALE));
    assert_eq!(values(headers, "x-b3-traceid").len(), 1);
    assert_ne!(values(headers, "x-b3-traceid"), ["0af7651916cd43dd"]);
    assert!(values(headers, "uber-trace-id").is_empty());
    assert_eq!(values(headers, "x-table"), ["7"]);
    assert_eq!(values(headers, "grpc-trace-bin"), ["AP8H", "AQ"]);
}

type Seen = Arc<Mutex<HeaderMap>>;

/// Keeps the headers of its requests.
fn wire() -> (
    Seen,
    impl tower::Service<
        Request<Body>,
        Response = Response<Body>,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone,
) {
    let seen = Seen::default();
    let keep = Arc::clone(&seen);
    let service = tower::service_fn(move |request: Request<Body>| {
        *keep.lock().unwrap() = request.headers().clone();
        std::future::ready(Ok(tonic::Status::ok("").into_http()))
    });
    (seen, service)
}

fn tracer() -> Arc<dyn Tracer> {
    Arc::new(RecordingTracer::builder("gateway", NullReporter).build())
}

#[tokio::test]
async fn the_interceptor_replaces_what_stands_there() {
    let (seen, wire) = wire();
    let tracer = tracer();
    let mut client = CallsClient::with_interceptor(wire, PropagateOnly::new(Arc::clone(&tracer)));
    let span = tracer.span("job").start_active();
    let _ = client.unary(order()).await;
    is_clean(&seen.lock().unwrap());
    let id = span.span().span_id().unwrap().to_string();
    assert!(values(&seen.lock().unwrap(), "traceparent")[0].contains(&id));
}

#[tokio::test]
async fn behind_the_interceptor_the_server_continues_the_current_span() {
    let tracer = MockTracer::new();
    let channel = endpoint(serve(server_layer(&tracer)).await).connect_lazy();
    let interceptor = PropagateOnly::new(Arc::new(tracer.clone()));
    let mut client = CallsClient::with_interceptor(channel, interceptor);
    let job = tracer.span("job").start();
    {
        let call = client.unary(Order::default());
        tracer_core::current::FutureExt::in_span(call, job.handle())
            .await
            .unwrap();
    }
    let server = only(&tracer).await;
    assert_eq!(server.kind, Kind::Server);
    assert_eq!(server.parent_id(), job.span_id());
    assert_eq!(Some(server.trace_id()), job.trace_id());
}
