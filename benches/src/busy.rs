//! Many requests at once: what one costs must not depend on how many others are under way.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
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
async fn later(request: Request<RequestBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    drop(request);
    let mut polled = false;
    poll_fn(|_| {
        if std::mem::replace(&mut polled, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    Ok(Response::new(Full::new(Bytes::from_static(b"later"))))
}

fn at_once<S, B>(mut service: S, case: Case, width: usize) -> impl FnMut(u32)
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
    B: Body,
{
    // Places that stay, as those of a server's connections do: what the allocator gives back to the
    // system between two rounds, and gets again, is nothing of the layer's.
    let mut places: Vec<Pin<Box<Option<S::Future>>>> = Vec::new();
    places.resize_with(width, || Box::pin(None));
    move |count| {
        let mut cx = Context::from_waker(Waker::noop());
        let mut left = count as usize;
        while left > 0 {
            let now = width.min(left);
            left -= now;
            for place in places.iter_mut().take(now) {
                place.set(Some(service.call(request_like(case))));
                let _ = place
                    .as_mut()
                    .as_pin_mut()
                    .map(|future| future.poll(&mut cx));
            }
            for place in places.iter_mut().take(now) {
                let polled = place
                    .as_mut()
                    .as_pin_mut()
                    .map(|future| future.poll(&mut cx));
                if let Some(Poll::Ready(Ok(response))) = polled {
                    let mut body = std::pin::pin!(response.into_body());
                    while let Poll::Ready(Some(_)) = body.as_mut().poll_frame(&mut cx) {}
                }
                place.set(None);
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
            let floor = Floor::new(service_fn(later), true);
            let floor = Contestant::new("floor", at_once(floor, case, width))
                .settle(move || drain.wait())
                .exported(drained);
            let bare = Contestant::new("bare", at_once(service_fn(later), case, width));
            let (layer, own) = ours::layered("ours", case);
            let service = layer.layer(service_fn(later));
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
