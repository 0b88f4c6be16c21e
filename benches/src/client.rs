//! Outgoing requests through the client layer, for the guard: what a call costs with its headers
//! written.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::future::{Ready, ready};
use http::{Request, Response, Uri};
use http_body::Body;
use http_body_util::Full;
use tower::Layer;
use tower_service::Service;
use tracer_core::NoopTracer;
use tracer_tower::ClientLayer;

use crate::bare::{Bare, spare};
use crate::case::{Case, RequestBody, Wire, headers};
use crate::drive::one;
use crate::harness::Contestant;
use crate::ours::recorded;

/// The connection alone.
pub fn bare(_: Case) -> Option<Contestant> {
    Some(Contestant::new("bare", calls(Connection)))
}

/// Ours; the span has no parent.
pub fn ours(case: Case) -> Option<Contestant> {
    let (tracer, finish) = recorded("ours", case);
    let run = calls(ClientLayer::new(tracer).layer(Connection));
    Some(finish(Box::new(run)))
}

/// The layer with the tracer that does nothing.
pub fn noop(case: Case) -> Option<Contestant> {
    (case == Case::Off).then(|| {
        let layer = ClientLayer::new(Arc::new(NoopTracer));
        Contestant::new("ours, `NoopTracer`", calls(layer.layer(Connection)))
    })
}

/// What a request is sent over: it is answered at once.
#[derive(Clone, Copy, Debug)]
pub struct Connection;

impl Service<Request<RequestBody>> for Connection {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    // Not that of `Bare`: what has two users is inlined into neither, and would cost both more.
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        ready(Bare.call(request).into_inner())
    }
}

/// A loop of requests, each with the headers that its caller wrote and no others.
fn calls<S, B>(mut service: S) -> impl FnMut(u32)
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible>,
    B: Body,
{
    // None of a trace.
    let headers = headers(Case::NewRoot, Wire::B3);
    let mut next = Some(Request::new(RequestBody::new()));
    move |count| {
        for _ in 0..count {
            let mut request = next.take().unwrap_or_default();
            *request.uri_mut() = Uri::from_static("http://orders.example:8080/orders/7");
            *request.headers_mut() = headers.clone();
            one(&mut service, request);
            next = spare();
        }
    }
}
