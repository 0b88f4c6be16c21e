//! Many requests at once: what one costs must not depend on how many others are under way.

use std::convert::Infallible;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower::{Layer, Service, service_fn};

use crate::case::{Case, RequestBody, Wire, request};
use crate::floor::{Drain, Floor};
use crate::harness::{self, Contestant, Effort, Time};
use crate::ours;

/// Ready at the second poll, so that all others have been started before. The request is not kept:
/// memory for thousands of them costs more than everything else here.
#[derive(Default)]
struct Later {
    polled: bool,
}

impl Later {
    fn of(request: Request<RequestBody>) -> Self {
        drop(request);
        Self::default()
    }
}

impl Future for Later {
    type Output = Result<Response<Full<Bytes>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        if mem::replace(&mut self.polled, true) {
            Poll::Ready(Ok(Response::new(Full::new(Bytes::from_static(b"later")))))
        } else {
            Poll::Pending
        }
    }
}

fn at_once<S, B>(mut service: S, case: Case, width: usize) -> impl FnMut(u32)
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    S::Future: Unpin,
    B: Body,
{
    // In one place that stays: what the allocator makes of thousands of futures that come and go is
    // nothing of the layer's.
    let mut open: Vec<S::Future> = Vec::with_capacity(width);
    move |count| {
        let mut cx = Context::from_waker(Waker::noop());
        let mut left = count as usize;
        while left > 0 {
            let now = width.min(left);
            left -= now;
            for _ in 0..now {
                let mut future = service.call(request_like(case));
                let _ = Pin::new(&mut future).poll(&mut cx);
                open.push(future);
            }
            for mut future in open.drain(..) {
                if let Poll::Ready(Ok(response)) = Pin::new(&mut future).poll(&mut cx) {
                    let mut body = std::pin::pin!(response.into_body());
                    while let Poll::Ready(Some(_)) = body.as_mut().poll_frame(&mut cx) {}
                }
            }
        }
    }
}

fn request_like(case: Case) -> Request<RequestBody> {
    thread_local! {
        static LIKE: std::cell::RefCell<Option<(Case, Request<RequestBody>)>> =
            const { std::cell::RefCell::new(None) };
    }
    LIKE.with_borrow_mut(|like| {
        let stale = like.as_ref().is_none_or(|(known, _)| *known != case);
        if stale {
            *like = Some((case, request(case, Wire::B3)));
        }
        like.as_ref().map(|like| like.1.clone()).unwrap_or_default()
    })
}

/// Nanoseconds of a request over the same without tracing. The floor stands beside: memory that is in
/// no cache any more costs everybody.
pub fn table() {
    println!(
        "| requests at once, ns over the bare service | sampled root | the floor's | unsampled parent | the floor's |"
    );
    println!("|---|---|---|---|---|");
    for width in [1, 10, 100, 1_000, 10_000] {
        let slice = Effort::default().slice.max(width as u32);
        let effort = Effort { rounds: 101, slice };
        let [root, unsampled] = [Case::NewRoot, Case::UnsampledParent].map(|case| {
            let drain = Drain::of_slices(slice);
            let drained = drain.drained();
            let floor = Floor::new(service_fn(Later::of), true);
            let floor = Contestant::new("floor", at_once(floor, case, width))
                .settle(move || drain.wait())
                .exported(drained);
            let bare = Contestant::new("bare", at_once(service_fn(Later::of), case, width));
            let (layer, own) = ours::layered("ours", case);
            let service = layer.layer(service_fn(Later::of));
            let own = own(Box::new(at_once(service, case, width)));
            match &*harness::run(&mut [bare, floor, own], Time::Thread, effort) {
                [bare, floor, own] => [own.over(bare), floor.over(bare)],
                _ => [f64::NAN; 2],
            }
        });
        println!(
            "| {width} | {:.0} | {:.0} | {:.0} | {:.0} |",
            root[0], root[1], unsampled[0], unsampled[1]
        );
    }
}
