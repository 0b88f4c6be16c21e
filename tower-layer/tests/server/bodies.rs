//! What the body does with the span, and that it stays the body that it was.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::Router;
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full, StreamBody};
use tower::{Layer, ServiceExt, service_fn};
use tracer_core::testing::MockTracer;
use tracer_core::{SpanId, SpanRef};

use crate::support::{layer, send, serve};

/// Answers with this body through the layer.
async fn answered<B: Body + Clone>(
    tracer: &MockTracer,
    body: B,
) -> Response<tracer_tower::ResponseBody<B>> {
    let inner = service_fn(move |_: Request<()>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(body.clone())))
    });
    let service = layer(tracer).layer(inner);
    service.oneshot(Request::new(())).await.unwrap()
}

#[tokio::test]
async fn trailers_end_it_and_arrive_unchanged() {
    let tracer = MockTracer::new();
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", http::HeaderValue::from_static("7"));
    let sent = trailers.clone();
    let inner = service_fn(move |_: Request<()>| {
        let frames = [
            Frame::data(Bytes::from("text")),
            Frame::trailers(sent.clone()),
        ];
        let frames = frames.map(Ok::<_, Infallible>);
        let body = StreamBody::new(futures_util::stream::iter(frames));
        std::future::ready(Ok::<_, Infallible>(Response::new(body)))
    });
    let response = layer(&tracer).layer(inner).oneshot(Request::new(())).await;
    let mut body = response.unwrap().into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    assert!(tracer.finished().is_empty());
    let last = body.frame().await.unwrap().unwrap();
    assert_eq!(last.into_trailers().unwrap(), trailers);
    assert_eq!(tracer.finished().len(), 1);
    drop(body);
    assert_eq!(tracer.finished()[0].tag("cancelled"), None);
}

#[tokio::test]
async fn the_last_frame_ends_it_because_nobody_has_to_poll_again() {
    let tracer = MockTracer::new();
    let mut body = answered(&tracer, Full::new(Bytes::from("text")))
        .await
        .into_body();
    assert!(tracer.finished().is_empty());
    assert!(!body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(4));
    body.frame().await.unwrap().unwrap();
    assert_eq!(tracer.finished().len(), 1);
    assert!(body.is_end_stream());
}

#[tokio::test]
async fn a_body_that_is_dropped_unread_was_cancelled_and_an_empty_one_was_not() {
    let tracer = MockTracer::new();
    drop(answered(&tracer, Full::new(Bytes::from("text"))).await);
    drop(answered(&tracer, Full::new(Bytes::new())).await);
    let spans = tracer.finished();
    let cancelled: Vec<_> = spans.iter().map(|span| span.tag("cancelled")).collect();
    assert_eq!(cancelled, [Some("true".to_owned()), None]);
}

#[tokio::test]
async fn lengths_reach_the_client_as_without_the_layer() {
    let tracer = MockTracer::new();
    let app = Router::new().route("/x", get(async || "text"));
    let address = serve(app.layer(layer(&tracer))).await;
    let response = send(address, Request::get("/"), "/x").await;
    assert_eq!(response.headers()["content-length"], "4");
}

#[tokio::test]
async fn a_switch_of_protocols_ends_it_and_what_goes_on_follows() {
    let tracer = MockTracer::new();
    let layer = layer(&tracer);
    let handler = layer.handler().clone();
    let inner = service_fn(move |_: Request<()>| {
        handler.upgraded(&SpanRef::current(), "websocket").finish();
        let response = Response::builder()
            .status(101)
            .body(Full::<Bytes>::default());
        std::future::ready(Ok::<_, Infallible>(response.unwrap()))
    });
    let response = layer.layer(inner).oneshot(Request::new(())).await;
    let spans = tracer.finished();
    let upgraded = spans.iter().find(|span| span.name == "websocket").unwrap();
    assert!(upgraded.follows());
    let request = spans.iter().find(|span| span.name == "GET").unwrap();
    assert_eq!(request.tag("http.upgrade").as_deref(), Some("true"));
    drop(response);
}

#[tokio::test]
async fn a_tunnel_is_a_switch_only_once_it_is_granted() {
    for (status, upgraded) in [(200, true), (407, false)] {
        let tracer = MockTracer::new();
        let inner = service_fn(move |_: Request<()>| {
            let response = Response::builder().status(status);
            let body = Full::new(Bytes::from("text"));
            std::future::ready(Ok::<_, Infallible>(response.body(body).unwrap()))
        });
        let request = Request::connect("users.example:443").body(()).unwrap();
        let response = layer(&tracer).layer(inner).oneshot(request).await.unwrap();
        assert_eq!(tracer.finished().len(), usize::from(upgraded));
        drop(response);
        let span = tracer.finished().remove(0);
        assert_eq!(span.tag("http.upgrade").is_some(), upgraded);
        assert_eq!(span.tag("cancelled").is_none(), upgraded);
    }
}

type Log = Arc<Mutex<Vec<(&'static str, Option<SpanId>)>>>;

/// Writes down which span is current when it is polled and dropped.
struct Witness(Log, &'static str);

impl Witness {
    fn see(&self) {
        let seen = (self.1, SpanRef::current().span_id());
        self.0.lock().unwrap().push(seen);
    }
}

impl Body for Witness {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.see();
        Poll::Ready(Some(Ok(Frame::data(Bytes::from("more")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.see();
    }
}

#[tokio::test]
async fn the_span_is_current_wherever_inner_code_runs() {
    for decision in ["1", "0"] {
        let tracer = MockTracer::new();
        let log = Log::default();
        let seen = Arc::clone(&log);
        let inner = service_fn(move |_: Request<()>| {
            let in_call = Witness(Arc::clone(&seen), "call");
            in_call.see();
            let (held, body) = (
                Witness(Arc::clone(&seen), "future"),
                Witness(Arc::clone(&seen), "body"),
            );
            async move {
                held.see();
                tokio::task::yield_now().await;
                held.see();
                Ok::<_, Infallible>(Response::new(body))
            }
        });
        let request = Request::get("/")
            .header("mock-trace-id", "0af7651916cd43dd8448eb211c80319c")
            .header("mock-span-id", "00f067aa0ba902b7")
            .header("mock-sampled", decision);
        let response = layer(&tracer)
            .layer(inner)
            .oneshot(request.body(()).unwrap());
        let mut body = response.await.unwrap().into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        assert!(SpanRef::current().is_none());
        let log = log.lock().unwrap();
        let places: Vec<_> = log.iter().map(|(place, _)| *place).collect();
        let expected = ["call", "call", "future", "future", "future", "body", "body"];
        assert_eq!(places, expected);
        let first = log.first().unwrap().1;
        assert!(first.is_some());
        assert!(log.iter().all(|(_, span)| *span == first), "{log:?}");
    }
}

/// Is ready at once, and keeps what it has until it is dropped.
struct Holding(Witness);

impl Future for Holding {
    type Output = Result<Response<Full<Bytes>>, Infallible>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.see();
        Poll::Ready(Ok(Response::new(Full::default())))
    }
}

#[tokio::test]
async fn the_span_is_current_while_the_future_is_dropped_ready_or_not() {
    for polled in [true, false] {
        let tracer = MockTracer::new();
        let log = Log::default();
        let seen = Arc::clone(&log);
        let inner = service_fn(move |_: Request<()>| Holding(Witness(Arc::clone(&seen), "future")));
        let mut service = layer(&tracer).layer(inner);
        let call = tower::Service::call(&mut service, Request::new(()));
        if polled {
            call.await.unwrap();
        } else {
            drop(call);
        }
        let request = tracer.finished().remove(0).span_id();
        let seen = [("future", Some(request)); 2];
        let log = log.lock().unwrap();
        assert_eq!(*log, seen[..if polled { 2 } else { 1 }]);
    }
}

/// Four bytes of which everybody knows, but no end that anybody sees.
#[derive(Clone)]
struct Exact;

impl Body for Exact {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from("four")))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(4)
    }
}

#[tokio::test]
async fn a_body_that_said_its_length_is_complete_when_that_was_sent() {
    let tracer = MockTracer::new();
    let mut body = answered(&tracer, Exact).await.into_body();
    body.frame().await.unwrap().unwrap();
    assert!(tracer.finished().is_empty());
    drop(body);
    assert_eq!(tracer.finished()[0].tag("cancelled"), None);
}
