//! When spans end, and how.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BodyStream, MessageBody};
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{App, HttpResponse, test, web};
use futures_util::{FutureExt, StreamExt, future, stream};
use tracer_actix::Tracing;
use tracer_core::testing::MockTracer;
use tracer_core::{SpanRef, TracerExt};

use crate::support::{Server, error};

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/panic", web::get().to(panics))
        .route("/late-panic", web::get().to(late_panic))
        .route("/hang", web::get().to(hang));
}

async fn panics() -> HttpResponse {
    panic!("no {}", "way")
}

async fn late_panic() -> HttpResponse {
    let chunks = stream::poll_fn(|_| -> Poll<Option<Result<Bytes, Infallible>>> { panic!("late") });
    HttpResponse::Ok().streaming(chunks)
}

async fn hang() -> HttpResponse {
    future::pending().await
}

#[actix_web::test]
async fn a_panic_is_told_and_goes_on() {
    let server = Server::start(routes);
    assert!(server.get("/panic").send().await.is_err());
    let span = server.only().await;
    assert_eq!(error(&span), "panic: no way");
    assert_eq!(span.name, "GET", "the request is gone, its pattern too");
    server.tracer.reset();
    if let Ok(mut response) = server.get("/late-panic").send().await {
        assert!(response.body().await.is_err());
    }
    assert_eq!(error(&server.only().await), "panic: late");
}

/// Sees what is current while it is polled and dropped.
struct Probe {
    chunks: u8,
    size: BodySize,
    sightings: Rc<Cell<u8>>,
    span: SpanRef,
}

impl Probe {
    fn look(&self) {
        let here = SpanRef::current().span_id() == self.span.span_id();
        self.sightings.set(self.sightings.get() + u8::from(here));
    }
}

impl MessageBody for Probe {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.size
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.look();
        Poll::Ready(match self.chunks.checked_sub(1) {
            Some(left) => {
                self.chunks = left;
                Some(Ok(Bytes::from("ab")))
            }
            None => None,
        })
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        self.look();
    }
}

/// Polls a traced body so often and drops it; says whether the span had ended before the drop.
async fn polled(size: BodySize, times: u8, tracer: &MockTracer) -> (bool, u8) {
    let sightings = Rc::new(Cell::new(0));
    let seen = Rc::clone(&sightings);
    let handler = move || {
        let probe = Probe {
            chunks: 2,
            size,
            sightings: Rc::clone(&seen),
            span: SpanRef::current(),
        };
        future::ready(
            HttpResponse::Ok()
                .message_body(probe)
                .map(|it| it.map_into_boxed_body()),
        )
    };
    let app = App::new()
        .route("/", web::get().to(handler))
        .wrap(Tracing::new(Arc::new(tracer.clone())));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/").to_request();
    let response = test::call_service(&app, request).await;
    let mut body = Box::pin(response.into_body());
    assert_eq!(body.size(), size);
    for _ in 0..times {
        let chunk = future::poll_fn(|cx| body.as_mut().poll_next(cx)).await;
        assert!(chunk.is_none_or(|chunk| chunk.is_ok()));
    }
    let ended = !tracer.finished().is_empty();
    drop(body);
    assert_eq!(tracer.finished().len(), 1);
    assert!(SpanRef::current().is_none());
    (ended, sightings.get())
}

#[actix_web::test]
async fn it_ends_after_the_last_byte_or_the_end_and_is_current_throughout() {
    let cases = [
        (BodySize::Sized(4), 1, false),
        (BodySize::Sized(4), 2, true),
        (BodySize::Stream, 2, false),
        (BodySize::Stream, 3, true),
    ];
    for (size, times, ends) in cases {
        let tracer = MockTracer::new();
        let (ended, sightings) = polled(size, times, &tracer).await;
        assert_eq!((ended, sightings), (ends, times + 1), "{size:?} {times}");
        let cancelled = tracer.finished()[0].tag("cancelled");
        assert_eq!(cancelled.is_some(), !ends, "{size:?} {times}");
    }
}

#[actix_web::test]
async fn a_body_that_ends_before_its_size_has_failed() {
    let tracer = MockTracer::new();
    polled(BodySize::Sized(6), 3, &tracer).await;
    let span = &tracer.finished()[0];
    assert_eq!(error(span), "BodyError: the body ended before its size");
}

/// Where the transport heeds the length.
#[actix_web::test]
async fn a_stream_that_ends_before_the_length_that_is_sent_has_failed() {
    let tracer = MockTracer::new();
    let handler = || {
        let chunks = stream::iter([Ok::<_, Infallible>(Bytes::from("abc"))]);
        let mut response = HttpResponse::Ok();
        future::ready(response.no_chunking(6).body(BodyStream::new(chunks)))
    };
    let app = App::new()
        .route("/", web::get().to(handler))
        .wrap(Tracing::new(Arc::new(tracer.clone())));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/").to_request();
    let response = test::call_service(&app, request).await;
    let mut body = Box::pin(response.into_body());
    while let Some(chunk) = future::poll_fn(|cx| body.as_mut().poll_next(cx)).await {
        assert_eq!(chunk.unwrap(), "abc");
    }
    let span = &tracer.finished()[0];
    assert_eq!(error(span), "BodyError: the body ended before its size");
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

/// Fails, or panics while its end is dropped.
struct Broken {
    panics: bool,
}

impl MessageBody for Broken {
    type Error = Query;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Query>>> {
        Poll::Ready((!self.panics).then(|| Err(Query(io::Error::other("no such table")))))
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        if std::mem::take(&mut self.panics) {
            panic!("not closed");
        }
    }
}

#[actix_web::test]
async fn a_body_that_fails_says_why_and_one_that_panics_at_its_end_has_not_ended_well() {
    for (panics, says) in [
        (false, "Error: query failed: no such table"),
        (true, "panic: not closed"),
    ] {
        let tracer = MockTracer::new();
        let handler = move || {
            let response = HttpResponse::Ok().message_body(Broken { panics });
            future::ready(response.map(|it| it.map_into_boxed_body()))
        };
        let app = App::new()
            .route("/", web::get().to(handler))
            .wrap(Tracing::new(Arc::new(tracer.clone())));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/").to_request();
        let response = test::call_service(&app, request).await;
        let mut body = Box::pin(response.into_body());
        let poll = future::poll_fn(|cx| body.as_mut().poll_next(cx));
        match AssertUnwindSafe(poll).catch_unwind().await {
            Ok(chunk) => assert!(chunk.is_some_and(|chunk| chunk.is_err())),
            Err(payload) => assert!(panics && payload.is::<&str>()),
        }
        drop(body);
        let span = &tracer.finished()[0];
        assert_eq!(error(span), says);
        assert_eq!(span.tag("cancelled"), None);
    }
}

/// Boxed, a stream is sent in chunks whatever the header says.
async fn told() -> HttpResponse {
    let chunks = stream::iter([Ok(Bytes::from("abc")), Err("too late")]);
    let chunks = chunks.then(|chunk| async {
        actix_rt::task::yield_now().await;
        chunk
    });
    HttpResponse::Ok()
        .insert_header(("content-length", "3"))
        .body(BodyStream::new(chunks))
}

#[actix_web::test]
async fn a_length_that_the_transport_does_not_heed_is_not_the_end() {
    let server = Server::start(|config| {
        config.route("/told", web::get().to(told));
    });
    if let Ok(mut response) = server.get("/told").send().await {
        assert!(response.headers().get("content-length").is_none());
        let _ = response.body().await;
    }
    let span = server.only().await;
    assert!(error(&span).ends_with("too late"), "{}", error(&span));
}

#[actix_web::test]
async fn a_body_of_nothing_and_one_in_memory_end_at_once() {
    for (status, size) in [(204, 0), (200, 0), (200, 3)] {
        let tracer = MockTracer::new();
        let handler = move || {
            let status = StatusCode::from_u16(status).unwrap();
            future::ready(HttpResponse::build(status).body(vec![b'x'; size]))
        };
        let app = App::new()
            .route("/", web::get().to(handler))
            .wrap(Tracing::new(Arc::new(tracer.clone())));
        let app = test::init_service(app).await;
        let request = test::TestRequest::get().uri("/").to_request();
        let response = test::call_service(&app, request).await;
        assert_eq!(tracer.finished().is_empty(), size > 0, "{status} {size}");
        assert!(response.into_body().try_into_bytes().is_ok());
        assert_eq!(tracer.finished()[0].tag("cancelled"), None);
    }
}

#[actix_web::test]
async fn a_dropped_request_is_cancelled_and_what_it_drops_sees_its_span() {
    struct Last(MockTracer);
    impl Drop for Last {
        fn drop(&mut self) {
            self.0.span("clean up").start().finish();
        }
    }
    let tracer = MockTracer::new();
    let shared = tracer.clone();
    let handler = move || {
        let last = Last(shared.clone());
        async move {
            let _last = last;
            hang().await
        }
    };
    let app = App::new()
        .route("/", web::get().to(handler))
        .wrap(Tracing::new(Arc::new(tracer.clone())));
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/").to_request();
    let mut response = Box::pin(test::call_service(&app, request));
    assert!(response.as_mut().now_or_never().is_none());
    drop(response);
    let spans = tracer.finished();
    assert_eq!(spans.len(), 2, "{}", tracer.tree());
    assert!(spans[0].is_child_of(&spans[1]));
    assert_eq!(spans[1].tag("cancelled").as_deref(), Some("true"));
}
