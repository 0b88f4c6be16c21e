//! What the layers allocate on top of the bare call. A binary of its own: the counter counts
//! everybody.

use std::alloc::System;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tonic::body::Body;
use tower::layer::util::Identity;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tracer_core::testing::MockTracer;
use tracer_core::{NoopTracer, Tracer};
use tracer_recording::samplers::Never;
use tracer_recording::{NullReporter, RecordingTracer};
use tracer_tonic::{ClientLayer, MessageLayer, ServerLayer};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test counts at a time.
static COUNTING: Mutex<()> = Mutex::new(());

type Answer = fn(Request<Body>) -> Ready<Result<Response<Body>, Infallible>>;
type Bare = tower::util::ServiceFn<Answer>;

const MESSAGE: Bytes = Bytes::from_static(&[0, 0, 0, 0, 1, 7]);

/// Reads the request and answers with a message and trailers.
fn answer(request: Request<Body>) -> Ready<Result<Response<Body>, Infallible>> {
    let sent = request.into_body().collect().now_or_never();
    assert_eq!(sent.unwrap().unwrap().to_bytes().len(), 6);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let trailers = ready(Some(Ok::<_, Infallible>(trailers)));
    let body = Full::new(MESSAGE).with_trailers(trailers);
    ready(Ok(Response::new(Body::new(body))))
}

fn request(sampled: &'static str) -> Request<Body> {
    // Enough room for the headers of a client, so that the map need not grow.
    let mut request = Request::new(Body::new(Full::new(MESSAGE)));
    *request.uri_mut() = http::Uri::from_static("/shop.Orders/Place");
    request.headers_mut().reserve(24);
    for (name, value) in [
        ("content-type", "application/grpc"),
        ("grpc-timeout", "5S"),
        ("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"),
        ("x-b3-spanid", "00f067aa0ba902b7"),
        ("x-b3-sampled", sampled),
    ] {
        let value = HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
    request
}

fn run<S, B>(service: &mut S, sampled: &'static str)
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Unpin,
{
    let ready = service.ready().now_or_never().unwrap().unwrap();
    let response = ready.call(request(sampled)).now_or_never();
    let mut body = response.unwrap().unwrap().into_body();
    while let Some(frame) = body.frame().now_or_never().unwrap() {
        frame.unwrap();
    }
}

/// Allocations of 100 calls, without those that the test harness makes now and then.
fn allocations(mut run: impl FnMut()) -> usize {
    let round = || {
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            run();
        }
        region.change().allocations
    };
    std::iter::repeat_with(round).take(9).min().unwrap()
}

/// Allocations of a call through a layer, beyond those of the bare service; `None` if they are not
/// the same for each.
fn added<L, S, B>(layer: &L, sampled: &'static str) -> Option<usize>
where
    L: Layer<Bare, Service = S>,
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Unpin,
{
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut traced = layer.layer(service_fn(answer as Answer));
    let traced = allocations(|| run(&mut traced, sampled));
    let bare = allocations(|| run(&mut service_fn(answer as Answer), sampled));
    let added = traced.checked_sub(bare)?;
    (added % 100 == 0).then_some(added / 100)
}

fn recording() -> Arc<dyn Tracer> {
    Arc::new(RecordingTracer::builder("shop", NullReporter).build())
}

#[test]
fn the_counter_counts() {
    assert_eq!(added(&Identity::new(), "0"), Some(0));
    let keeping = ServerLayer::new(Arc::new(MockTracer::new()));
    let layer = tower::layer::layer_fn(|service| keeping.layer(service));
    assert_ne!(added(&layer, "1"), Some(0));
}

#[test]
fn serving_allocates_nothing() {
    for (case, tracer, sampled) in [
        ("sampled", recording(), "1"),
        ("unsampled", recording(), "0"),
        ("no tracer", Arc::new(NoopTracer), "1"),
    ] {
        let layer =
            ServerLayer::new(tracer).configure(|http| http.rpc_methods(["shop.Orders/Place"]));
        assert_eq!(added(&layer, sampled), Some(0), "{case}");
    }
}

#[test]
fn calling_allocates_the_values_of_its_headers() {
    let unsampled = RecordingTracer::builder("shop", NullReporter).sampler(Never);
    // A `traceparent` and two ids of B3; decisions are not copied.
    for (case, tracer, values) in [
        ("sampled", recording(), 3),
        ("unsampled", Arc::new(unsampled.build()), 3),
        ("no tracer", Arc::new(NoopTracer), 0),
    ] {
        let layer = ClientLayer::new(tracer).configure(|http| http.peer_service("shop"));
        assert_eq!(added(&layer, "1"), Some(values), "{case}");
    }
}

#[test]
fn messages_of_requests_cost_one_box_for_a_recorded_call_and_nothing_for_others() {
    for (sampled, boxes) in [("1", 1), ("0", 0)] {
        let server = ServiceBuilder::new()
            .layer(ServerLayer::new(recording()))
            .layer(MessageLayer::server())
            .into_inner();
        assert_eq!(added(&server, sampled), Some(boxes));
    }
    let headers = 3;
    let client = ServiceBuilder::new()
        .layer(ClientLayer::new(recording()))
        .layer(MessageLayer::client())
        .into_inner();
    assert_eq!(added(&client, "1"), Some(headers + 1));
}
