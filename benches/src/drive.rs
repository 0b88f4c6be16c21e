//! Runs requests through a service, from `call` to the end of the body.

use std::fmt::Debug;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Buf;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::bare;
use crate::case::{Case, RequestBody, Wire, request};

/// A loop of requests through this service.
pub fn requests<S, B>(service: S, case: Case, wire: Wire) -> impl FnMut(u32)
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Debug,
    B: Body,
{
    let mut service = service;
    let mut next = Some(request(case, wire));
    move |count| {
        for _ in 0..count {
            let request = next.take().unwrap_or_else(|| request(case, wire));
            one(&mut service, request);
            next = bare::spare();
        }
    }
}

/// One request, to the end of the body.
pub fn one<S, B>(service: &mut S, request: Request<RequestBody>)
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Error: Debug,
    B: Body,
{
    let mut cx = Context::from_waker(Waker::noop());
    let _ = black_box(service.poll_ready(&mut cx).is_ready());
    let response = {
        let mut future = pin!(service.call(request));
        loop {
            match future.as_mut().poll(&mut cx) {
                Poll::Ready(response) => break response,
                Poll::Pending => {}
            }
        }
    };
    let Ok(response) = response else {
        return;
    };
    black_box(response.status());
    let mut body = pin!(response.into_body());
    loop {
        match body.as_mut().poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) => {
                black_box(frame.data_ref().map(Buf::remaining));
            }
            Poll::Ready(_) => break,
            Poll::Pending => {}
        }
    }
}
