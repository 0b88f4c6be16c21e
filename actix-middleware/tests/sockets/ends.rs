//! When spans end, and how.

use std::cell::Cell;
use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody, SizedStream};
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
        .route("/endless", web::get().to(endless))
        .route("/cut", web::get().to(cut))
        .route("/panic", web::get().to(panics))
        .route("/slow", web::get().to(slow))
        .route("/late-panic", web::get().to(late_panic))
        .route("/hang", web::get().to(hang));
}

async fn endless() -> HttpResponse {
    let chunks = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![b'x'; 4096])));
    HttpResponse::Ok().streaming(chunks)
}

async fn cut() -> HttpResponse {
    let chunks = [
        Ok(Bytes::from("a")),
        Err(std::io::Error::other("disk gone")),
    ];
    HttpResponse::Ok().streaming(stream::iter(chunks))
}

async fn panics() -> HttpResponse {
    panic!("no {}", "way")
}

async fn late_panic() -> HttpResponse {
    let chunks = stream::poll_fn(|_| -> Poll<Option<Result<Bytes, Infallible>>> { panic!("late") });
    HttpResponse::Ok().streaming(chunks)
}

async fn slow() -> HttpResponse {
    for _ in 0..100 {
        actix_rt::task::yield_now().await;
    }
    HttpResponse::Ok().body("done")
}

async fn hang() -> HttpResponse {
    future::pending().await
}

#[actix_web::test]
async fn a_client_that_goes_away_cancels_the_body() {
    let server = Server::start(routes);
    let mut response = server.get("/endless").send().await.unwrap();
    response.next().await.unwrap().unwrap();
    assert!(server.tracer.finished().is_empty());
    drop(response);
    let span = server.only().await;
    assert_eq!(span.tag("cancelled").as_deref(), Some("true"));
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
    assert_eq!(error(&span), "");
    assert!(!span.duration().is_zero());
}

#[actix_web::test]
async fn one_route_of_many_may_end_at_headers() {
    let tracer = MockTracer::new();
    let tracing = Tracing::new(Arc::new(tracer.clone()));
    let streaming = tracing.clone().configure(|http| http.end_at_headers(true));
    let events = web::resource("/events").route(web::get().to(endless));
    let app = App::new().service(events.wrap(streaming)).wrap(tracing);
    let app = test::init_service(app).await;
    let request = test::TestRequest::get().uri("/events").to_request();
    drop(test::call_service(&app, request).await);
    let spans = tracer.finished();
    assert_eq!(spans.len(), 1, "{}", tracer.tree());
    assert_eq!(spans[0].name, "GET /events");
    assert_eq!(spans[0].tag("cancelled"), None);
}

#[actix_web::test]
async fn an_error_of_the_body_fails_the_span() {
    let server = Server::start(routes);
    // Whether the headers are flushed before is the transport's affair.
    if let Ok(mut response) = server.get("/cut").send().await {
        assert!(response.body().await.is_err());
    }
    let span = server.only().await;
    assert!(error(&span).ends_with(": disk gone"), "{span:?}");
    assert_eq!(span.tag("cancelled"), None);
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

#[actix_web::test]
async fn half_closing_cancels_nothing() {
    let server = Server::start(routes);
    let address = server.address;
    let client = std::thread::spawn(move || {
        let mut socket = TcpStream::connect(address).unwrap();
        let request = b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        socket.write_all(request).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    });
    let span = server.only().await;
    assert!(client.join().unwrap().ends_with("done"));
    assert_eq!(span.tag("cancelled"), None);
    assert_eq!(span.tag("http.status_code").as_deref(), Some("200"));
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

#[actix_web::test]
async fn a_stream_of_known_length_is_complete_when_the_client_has_it() {
    let server = Server::start(|config| {
        let handler = || async {
            let chunks = [
                Ok::<_, Infallible>(Bytes::from("abc")),
                Ok(Bytes::from("de")),
            ];
            HttpResponse::Ok().body(SizedStream::new(5, stream::iter(chunks)))
        };
        config.route("/", web::get().to(handler));
    });
    assert_eq!(server.fetch("/").await, (200, "abcde".into()));
    assert_eq!(server.only().await.tag("cancelled"), None);
}
