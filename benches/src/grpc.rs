//! gRPC: a unary call of a tower service that answers with a message and trailers, as the services
//! do that tonic generates.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body::{Body, Frame};
use tower::Layer;
use tower_service::Service;
use tracer_core::NoopTracer;
use tracer_tonic::ServerLayer;

use crate::case::{Case, RequestBody, Wire, headers};
use crate::drive::one;
use crate::harness::Contestant;
use crate::ours::recorded;

/// The service alone.
pub fn bare(case: Case) -> Option<Contestant> {
    Some(Contestant::new("bare", calls(Answer, case, Wire::B3)))
}

/// Ours, called with B3.
pub fn ours(case: Case) -> Option<Contestant> {
    let (tracer, finish) = recorded("ours", case);
    let run = calls(ServerLayer::new(tracer).layer(Answer), case, Wire::B3);
    Some(finish(Box::new(run)))
}

/// The layer with the tracer that does nothing.
pub fn noop(case: Case) -> Option<Contestant> {
    (case == Case::Off).then(|| {
        let layer = ServerLayer::new(Arc::new(NoopTracer));
        let run = calls(layer.layer(Answer), case, Wire::B3);
        Contestant::new("ours, `NoopTracer`", run)
    })
}

thread_local! {
    static SPARE: Cell<Option<Request<RequestBody>>> = const { Cell::new(None) };
}

/// Answers at once with a message of two bytes and the status OK.
#[derive(Clone, Copy, Debug)]
pub struct Answer;

impl Service<Request<RequestBody>> for Answer {
    type Response = Response<Message>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    // What a method is to a server: not inlined into the layers around it.
    #[inline(never)]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        // To be used again.
        SPARE.set(Some(request));
        let mut response = Response::new(Message::Whole);
        let kind = HeaderValue::from_static("application/grpc");
        response.headers_mut().insert("content-type", kind);
        ready(Ok(response))
    }
}

/// A body by how much of it is still to come.
#[derive(Debug)]
pub enum Message {
    /// Everything.
    Whole,
    /// What follows the message.
    Trailers,
    /// Nothing any more.
    Nothing,
}

impl Body for Message {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let (frame, left) = match *self {
            Self::Whole => {
                let message = Bytes::from_static(&[0, 0, 0, 0, 2, 8, 7]);
                (Some(Frame::data(message)), Self::Trailers)
            }
            Self::Trailers => {
                let status = HeaderName::from_static("grpc-status");
                let trailers = HeaderMap::from_iter([(status, HeaderValue::from_static("0"))]);
                (Some(Frame::trailers(trailers)), Self::Nothing)
            }
            Self::Nothing => (None, Self::Nothing),
        };
        *self = left;
        Poll::Ready(frame.map(Ok))
    }
}

/// Eight headers, as many as everywhere, those that gRPC asks for among them.
fn request(case: Case, wire: Wire) -> Request<RequestBody> {
    let mut request = Request::new(RequestBody::new());
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from_static("/shop.Orders/Place");
    let mut headers = headers(case, wire);
    for (own, of_http, value) in [
        ("content-type", "accept", "application/grpc"),
        ("te", "accept-encoding", "trailers"),
    ] {
        headers.remove(of_http);
        headers.insert(own, HeaderValue::from_static(value));
    }
    *request.headers_mut() = headers;
    request
}

/// A loop of calls of this service.
pub fn calls<S, B>(mut service: S, case: Case, wire: Wire) -> impl FnMut(u32)
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Debug,
    B: Body,
{
    let mut next = Some(request(case, wire));
    move |count| {
        for _ in 0..count {
            let request = next.take().unwrap_or_else(|| request(case, wire));
            one(&mut service, request);
            next = SPARE.take();
        }
    }
}
