//! What a span says when something fails, and that nothing else changes.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tower::{BoxError, Layer, ServiceExt, service_fn};
use tracer_core::http::{Call, Failure};
use tracer_core::testing::MockTracer;
use tracer_core::{Sampling, SpanRef};
use tracer_tower::ResponseError;
use tracer_tower::error::unboxed;

use crate::support::{self, layer, only, serve, try_send};

#[tokio::test]
async fn a_body_error_is_an_error_of_the_span() {
    let tracer = MockTracer::new();
    let frames = async || {
        let frames = [Ok(Bytes::from("one")), Err(io::Error::other("disk"))];
        Response::new(Body::from_stream(futures_util::stream::iter(frames)))
    };
    let app = Router::new().route("/x", get(frames));
    let address = serve(app.layer(layer(&tracer))).await;
    // Whether the head was flushed before the error is hyper's choice.
    if let Ok(response) = try_send(address, Request::get("/"), "/x").await {
        assert!(response.collect().await.is_err());
    }
    let span = only(&tracer).await;
    assert_eq!(support::error(&span).as_deref(), Some("Error: disk"));
    assert_eq!(span.tag("cancelled"), None);
}

/// Says what it failed at, and leaves the reason to whoever prints it.
#[derive(Debug)]
struct Query(io::Error);

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("query failed")
    }
}

impl std::error::Error for Query {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// axum's box says no more than the outermost error.
#[tokio::test]
async fn what_is_behind_a_body_error_is_said_too() {
    let tracer = MockTracer::new();
    let app = Router::new().route(
        "/x",
        get(async || {
            let error = Err::<Bytes, _>(Query(io::Error::other("no such table")));
            Body::from_stream(futures_util::stream::iter([error]))
        }),
    );
    let request = Request::get("/x").body(Body::empty()).unwrap();
    let response = app.layer(layer(&tracer)).oneshot(request).await.unwrap();
    assert!(response.collect().await.is_err());
    let error = support::error(&only(&tracer).await);
    assert_eq!(error.as_deref(), Some("Error: query failed: no such table"));
}

/// Panics when it is asked for its cause.
#[derive(Debug)]
struct Trap;

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("trap")
    }
}

impl std::error::Error for Trap {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        panic!("as it was told")
    }
}

#[tokio::test]
async fn a_cause_that_cannot_be_had_breaks_no_request() {
    let tracer = MockTracer::new();
    let app = Router::new().route(
        "/x",
        get(async || Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>(Trap)]))),
    );
    let request = Request::get("/x").body(Body::empty()).unwrap();
    let response = app.layer(layer(&tracer)).oneshot(request).await.unwrap();
    let error = response.collect().await.unwrap_err();
    assert_eq!(error.to_string(), "trap");
    let boxed = service_fn(async |_: Request<Body>| Err::<Response, BoxError>(Box::new(Trap)));
    let request = Request::get("/x").body(Body::empty()).unwrap();
    assert!(layer(&tracer).layer(boxed).oneshot(request).await.is_err());
    let spans = support::spans(&tracer, 2).await;
    let errors = spans.iter().map(|span| support::error(span).unwrap());
    assert!(errors.eq(["Error: trap", "error: trap"]), "{spans:#?}");
    let told = ResponseError::new(BoxError::from(Trap));
    assert!(format!("{told:?}").contains("trap"), "{told:?}");
}

#[tokio::test]
async fn statuses_and_what_handlers_say() {
    let handlers = Router::new()
        .route("/bare", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/missing", get(explained(StatusCode::NOT_FOUND)))
        .route("/broken", get(explained(StatusCode::INTERNAL_SERVER_ERROR)))
        .route("/said", get(said));
    for (path, expected) in [
        ("/bare", Some("503")),
        ("/missing", None),
        (
            "/broken",
            Some("ParseIntError: invalid digit found in string"),
        ),
        (
            "/said",
            Some("Error: an error occurred when formatting an argument"),
        ),
    ] {
        let tracer = MockTracer::new();
        let address = serve(handlers.clone().layer(layer(&tracer))).await;
        support::get(address, path).await;
        let error = support::error(&only(&tracer).await);
        assert_eq!(error.as_deref(), expected, "{path}");
    }
}

fn explained(status: StatusCode) -> impl Clone + Fn() -> std::future::Ready<Response> {
    move || {
        let error = "x".parse::<u8>().unwrap_err();
        let extension = axum::Extension(ResponseError::new(error));
        std::future::ready((status, extension).into_response())
    }
}

async fn said() -> Response {
    SpanRef::current().set_error(&std::fmt::Error);
    explained(StatusCode::INTERNAL_SERVER_ERROR)().await
}

#[tokio::test]
async fn an_error_of_the_service_passes_through() {
    let tracer = MockTracer::new();
    let inner = service_fn(async |_: Request<()>| {
        Err::<http::Response<String>, _>("7x".parse::<u8>().unwrap_err())
    });
    let service = layer(&tracer).layer(inner);
    let error: std::num::ParseIntError = service.oneshot(Request::new(())).await.unwrap_err();
    let span = only(&tracer).await;
    assert_eq!(
        support::error(&span),
        Some(format!("ParseIntError: {error}"))
    );
}

#[tokio::test]
async fn a_panic_is_recorded_and_goes_on_unchanged() {
    let expected = ["panic: in call", "panic: in /", "panic: in body"];
    assert_eq!(panic_everywhere(MockTracer::new()).await, expected);
}

#[tokio::test]
async fn a_panic_below_an_unsampled_span_goes_on_unchanged() {
    let tracer = MockTracer::new().sampling(Sampling::Drop);
    assert_eq!(panic_everywhere(tracer).await, [""; 0]);
}

/// The recorded errors.
async fn panic_everywhere(tracer: MockTracer) -> Vec<String> {
    let in_call = service_fn(
        |_: Request<()>| -> std::future::Ready<Result<http::Response<String>, io::Error>> {
            panic!("in call")
        },
    );
    let in_poll = service_fn(
        async |request: Request<()>| -> io::Result<http::Response<String>> {
            tokio::task::yield_now().await;
            panic!("in {}", request.uri())
        },
    );
    let in_body = service_fn(async |_: Request<()>| {
        let frames =
            futures_util::stream::poll_fn(|_| -> std::task::Poll<Option<io::Result<Bytes>>> {
                panic!("in body")
            });
        Ok::<_, io::Error>(http::Response::new(Body::from_stream(frames)))
    });
    let call = layer(&tracer).layer(in_call).oneshot(Request::new(()));
    let payload = AssertUnwindSafe(call).catch_unwind().await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"in call"));
    let poll = layer(&tracer).layer(in_poll).oneshot(Request::new(()));
    let payload = AssertUnwindSafe(poll).catch_unwind().await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"in /".to_owned()));
    let response = layer(&tracer).layer(in_body).oneshot(Request::new(()));
    let body = response.await.unwrap().into_body().collect();
    assert!(AssertUnwindSafe(body).catch_unwind().await.is_err());
    assert!(SpanRef::current().is_none());
    let spans = tracer.finished();
    spans.iter().filter_map(support::error).collect()
}

/// What an adapter knows: I/O errors mean that nobody is there.
fn unavailable(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    let error = unboxed(error).filter(|error| error.is::<io::Error>());
    if let Some(error) = error {
        call.fail(&Failure::new("UNAVAILABLE", &error));
    }
    error.is_some()
}

/// Leaves its cause to whoever prints it.
#[derive(Debug)]
struct Other(io::Error);

impl std::fmt::Display for Other {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("other")
    }
}

impl std::error::Error for Other {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn broken(io: bool) -> BoxError {
    match io {
        true => Box::new(io::Error::other("gone")),
        false => Box::new(Other(io::Error::other("behind it"))),
    }
}

#[tokio::test]
async fn an_adapter_says_what_errors_mean_to_it_and_the_rest_stays() {
    let tracer = MockTracer::new();
    let layer = layer(&tracer).failures(unavailable);
    for io in [true, false] {
        let inner = service_fn(move |_: Request<()>| {
            std::future::ready(Err::<http::Response<String>, _>(broken(io)))
        });
        assert!(layer.layer(inner).oneshot(Request::new(())).await.is_err());
        let inner = service_fn(move |_: Request<()>| {
            let frames = futures_util::stream::iter([Err::<Frame<Bytes>, _>(broken(io))]);
            let response = http::Response::new(StreamBody::new(frames));
            std::future::ready(Ok::<_, io::Error>(response))
        });
        let response = layer.layer(inner).oneshot(Request::new(())).await.unwrap();
        assert!(response.into_body().collect().await.is_err());
    }
    let spans = tracer.finished();
    let errors: Vec<_> = spans.iter().filter_map(support::error).collect();
    let (told, other) = ("UNAVAILABLE: gone", "error: other: behind it");
    assert_eq!(errors, [told, told, other, other]);
}

#[tokio::test]
async fn an_adapter_that_panics_over_an_error_leaves_it_as_it_is() {
    fn broken_adapter(_: &(dyn Any + 'static), _: &mut Call) -> bool {
        panic!("an adapter")
    }
    let tracer = MockTracer::new();
    let layer = layer(&tracer).failures(broken_adapter);
    let inner = service_fn(|_: Request<()>| {
        std::future::ready(Err::<http::Response<String>, _>(broken(false)))
    });
    let failed = layer.layer(inner).oneshot(Request::new(())).await;
    assert_eq!(failed.unwrap_err().to_string(), "other");
    let spans = tracer.finished();
    let error = support::error(&spans[0]);
    assert_eq!(error.as_deref(), Some("error: other: behind it"));
}
