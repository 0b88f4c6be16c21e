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
use crate::harness::{self, Contestant, Effort, Time};
use crate::ours;

/// Ready at the second poll, so that all others have been started before.
async fn later(_: Request<RequestBody>) -> Result<Response<Full<Bytes>>, Infallible> {
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
    let mut open: Vec<Pin<Box<S::Future>>> = Vec::with_capacity(width);
    move |count| {
        let mut cx = Context::from_waker(Waker::noop());
        let mut left = count as usize;
        while left > 0 {
            let now = width.min(left);
            left -= now;
            for _ in 0..now {
                let mut future = Box::pin(service.call(request_like(case)));
                let _ = future.as_mut().poll(&mut cx);
                open.push(future);
            }
            for mut future in open.drain(..) {
                if let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut cx) {
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

/// Nanoseconds of a request over the same without tracing.
pub fn table(effort: Effort) {
    println!("| requests at once | sampled root, ns over the bare service | unsampled parent |");
    println!("|---|---|---|");
    for width in [1, 10, 100, 1_000, 10_000] {
        let cells = [Case::NewRoot, Case::UnsampledParent].map(|case| {
            let bare = Contestant::new("bare", at_once(service_fn(later), case, width));
            let (layer, own) = ours::layered("ours", case);
            let own = own(Box::new(at_once(
                layer.layer(service_fn(later)),
                case,
                width,
            )));
            let effort = Effort {
                slice: effort.slice.max(width as u32),
                ..effort
            };
            match &*harness::run(&mut [bare, own], Time::Thread, effort) {
                [bare, own] => own.over(bare),
                _ => f64::NAN,
            }
        });
        println!("| {width} | {:.0} | {:.0} |", cells[0], cells[1]);
    }
}
