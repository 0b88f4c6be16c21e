//! The service that everybody is put round: it answers at once.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower_service::Service;

use crate::case::{Case, RequestBody, Wire};
use crate::drive::requests;
use crate::harness::Contestant;

thread_local! {
    static SPARE: Cell<Option<Request<RequestBody>>> = const { Cell::new(None) };
}

/// The request that the service got last on this thread, to be used again: building eight headers
/// costs more than most of what is measured here.
pub fn spare() -> Option<Request<RequestBody>> {
    SPARE.take()
}

/// Answers with a short text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bare;

impl Service<Request<RequestBody>> for Bare {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    // What a handler is to a server: not inlined into the layers around it.
    #[inline(never)]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        SPARE.set(Some(request));
        ready(Ok(Response::new(Full::new(Bytes::from_static(
            b"Hello, World!",
        )))))
    }
}

/// The service alone, as a contestant.
pub fn contestant(case: Case) -> Option<Contestant> {
    Some(Contestant::new("bare", requests(Bare, case, Wire::B3)))
}
