//! An unsampled request costs no allocation. A binary of its own: the counter counts everybody.

use std::alloc::System;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::{Layer, Service, service_fn};
use tracer_core::Sampling;
use tracer_core::testing::MockTracer;
use tracer_tower::ServerLayer;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn answer(_: Request<()>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    ready(Ok(Response::new(Full::new(Bytes::from_static(b"text")))))
}

fn request(decision: Option<&str>) -> Request<()> {
    let mut request = Request::get("/users/7").header("host", "localhost");
    if let Some(decision) = decision {
        request = request
            .header("mock-trace-id", "0af7651916cd43dd8448eb211c80319c")
            .header("mock-span-id", "00f067aa0ba902b7")
            .header("mock-sampled", decision);
    }
    request.body(()).unwrap()
}

fn run<S, B>(service: &mut S, decision: Option<&str>)
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = Infallible> + Unpin,
{
    let response = service.call(request(decision)).now_or_never();
    let mut body = response.unwrap().unwrap().into_body();
    let frame = body.frame().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(frame.data_ref().map(Bytes::len), Some(4));
}

/// Allocations of 100 requests, without those that the test harness makes now and then.
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

#[test]
fn an_unsampled_request_allocates_nothing_more_than_a_bare_one() {
    let tracer = MockTracer::new().sampling(Sampling::Drop);
    let layer = ServerLayer::new(Arc::new(tracer.clone()));
    let mut bare = service_fn(answer);
    let mut traced = layer.layer(service_fn(answer));
    for decision in [None, Some("0")] {
        let expected = allocations(|| run(&mut bare, decision));
        let measured = allocations(|| run(&mut traced, decision));
        assert_eq!(measured, expected, "{decision:?}");
    }
    assert!(tracer.finished().is_empty());
    // The counter sees what a recorded span allocates.
    let bare = allocations(|| run(&mut bare, Some("1")));
    assert!(allocations(|| run(&mut traced, Some("1"))) > bare);
}
