//! What a request costs in allocations, and that it gives them back. A binary of its own: the counter
//! counts everybody.

use std::alloc::System;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::util::ServiceFn;
use tower::{Layer, Service, service_fn};
use tracer_core::testing::MockTracer;
use tracer_core::{NoopTracer, SpanRef, Tracer};
use tracer_recording::samplers::Never;
use tracer_recording::{BatchReporter, Builder, Delivery, Exporter, FinishedSpan, RecordingTracer};
use tracer_tower::{ClientLayer, ServerLayer};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test at a time.
static COUNTING: Mutex<()> = Mutex::new(());

type Answer = fn(Request<()>) -> Ready<Result<Response<Full<Bytes>>, Infallible>>;
type Bare = ServiceFn<Answer>;

fn answer(_: Request<()>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    ready(Ok(Response::new(Full::new(Bytes::from_static(b"text")))))
}

type Headers = &'static [(&'static str, &'static str)];

fn request(headers: Headers) -> Request<()> {
    let mut request = Request::get("http://users.example/users/7").header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

fn run<S, B>(service: &mut S, headers: Headers)
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = Infallible> + Unpin,
{
    let response = service.call(request(headers)).now_or_never();
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

/// Allocations of a request through a layer, beyond those of the bare service; `None` if they are
/// not the same for each.
fn added<L, S, B>(layer: &L, headers: Headers) -> Option<usize>
where
    L: Layer<Bare, Service = S>,
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
    B: http_body::Body<Data = Bytes, Error = Infallible> + Unpin,
{
    let mut traced = layer.layer(service_fn(answer as Answer));
    let traced = allocations(|| run(&mut traced, headers));
    let bare = allocations(|| run(&mut service_fn(answer as Answer), headers));
    let added = traced.checked_sub(bare)?;
    (added % 100 == 0).then_some(added / 100)
}

struct Forgetful;

impl Exporter for Forgetful {
    fn add(&mut self, _: &FinishedSpan<'_>) -> usize {
        0
    }

    fn remove_last(&mut self) {}

    fn send(&mut self, _: Duration) -> Delivery {
        Delivery::Sent { bytes: 0 }
    }

    fn clear(&mut self) {}

    fn describe(&self) -> String {
        String::new()
    }
}

const NEW: Headers = &[];
const SAMPLED: Headers = &[
    ("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"),
    ("x-b3-spanid", "00f067aa0ba902b7"),
    ("x-b3-sampled", "1"),
];
const UNSAMPLED: Headers = &[
    ("x-b3-traceid", "0af7651916cd43dd8448eb211c80319c"),
    ("x-b3-spanid", "00f067aa0ba902b7"),
    ("x-b3-sampled", "0"),
];
const W3C: Headers = &[(
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
)];
const W3C_UNSAMPLED: Headers = &[(
    "traceparent",
    "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-00",
)];

/// A tracer whose reporter's thread sleeps while it is counted.
fn recording() -> Builder {
    let sleeping = BatchReporter::builder(Forgetful).interval(Duration::from_secs(3600));
    RecordingTracer::builder("shop", sleeping.build())
}

/// Every way to be traced or not.
fn cases() -> [(&'static str, Arc<dyn Tracer>, Headers); 8] {
    let on: Arc<dyn Tracer> = Arc::new(recording().build());
    [
        ("new root", Arc::clone(&on), NEW),
        ("sampled parent", Arc::clone(&on), SAMPLED),
        ("sampled parent, W3C", Arc::clone(&on), W3C),
        ("unsampled parent", Arc::clone(&on), UNSAMPLED),
        ("unsampled parent, W3C", on, W3C_UNSAMPLED),
        (
            "switched off",
            Arc::new(recording().sampler(Never).build()),
            NEW,
        ),
        (
            "disabled",
            Arc::new(recording().disabled(true).build()),
            SAMPLED,
        ),
        ("no tracer", Arc::new(NoopTracer), SAMPLED),
    ]
}

#[test]
fn serving_allocates_nothing_in_steady_state() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    for (case, tracer, headers) in cases() {
        let layer = ServerLayer::new(tracer);
        assert_eq!(added(&layer, headers), Some(0), "{case}");
    }
    // The counter sees a tracer that keeps what it gets.
    let keeping = ServerLayer::new(Arc::new(MockTracer::new()));
    assert_ne!(added(&keeping, SAMPLED), Some(0));
}

#[test]
fn calling_allocates_the_values_of_its_headers() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    // A `traceparent` and two ids of B3; decisions are not copied.
    for (case, tracer, _) in cases() {
        let expected = match case {
            "disabled" | "no tracer" => 0,
            _ => 3,
        };
        let layer = ClientLayer::new(Arc::clone(&tracer));
        assert_eq!(added(&layer, NEW), Some(expected), "{case}");
        let elsewhere = ClientLayer::new(tracer).configure(|http| http.inject_to(|_| false));
        assert_eq!(added(&elsewhere, NEW), Some(0), "{case}");
    }
}

/// Panics before there is a future. Without a message: the harness would keep it.
fn unwinding(_: Request<()>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    resume_unwind(Box::new(()))
}

/// What is left of 100 calls that panic, in pieces of memory.
fn left<S: Service<Request<()>>>(service: &mut S) -> usize {
    let round = || {
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            let call = AssertUnwindSafe(|| drop(service.call(request(NEW))));
            assert!(catch_unwind(call).is_err());
        }
        let change = region.change();
        change.allocations.saturating_sub(change.deallocations)
    };
    std::iter::repeat_with(round).take(9).min().unwrap()
}

#[test]
fn a_call_that_panics_leaves_nothing() {
    let _alone = COUNTING.lock().unwrap_or_else(PoisonError::into_inner);
    for (case, tracer, _) in cases() {
        let panics = service_fn(unwinding as Answer);
        let server = ServerLayer::new(Arc::clone(&tracer));
        assert_eq!(left(&mut server.layer(panics)), 0, "server, {case}");
        assert!(SpanRef::current().is_none(), "server, {case}");
        let client = ClientLayer::new(tracer);
        assert_eq!(left(&mut client.layer(panics)), 0, "client, {case}");
        assert!(SpanRef::current().is_none(), "client, {case}");
    }
}
