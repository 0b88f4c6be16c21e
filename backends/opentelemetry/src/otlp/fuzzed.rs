//! What collectors answer, for fuzzers: everything that is read once an answer is there.

use std::convert::Infallible;
use std::task::{Context, Poll, Waker};
use std::{future::Future, pin::pin};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt, Collected, Full};
use opentelemetry_sdk::error::OTelSdkError;
use tracer_recording::Delivery;

use super::grpc::answer::Answer;
use super::partial;
use crate::http::{Exchange, Noted, Upload};
use crate::verdict::{Outcome, Verdict};

/// What an answer over HTTP means.
pub fn http(answer: &Response<Bytes>) -> Delivery {
    let upload = Upload::answered(answer, 1, Some(partial::refused));
    judged(upload, answer.status().is_success())
}

/// What an answer over gRPC means; `None` if it cannot be one.
pub fn grpc(answer: Response<Bytes>, trailers: HeaderMap) -> Option<Delivery> {
    let (head, body) = answer.into_parts();
    let answer = Answer::new(head, collected(body, trailers)?);
    let (upload, answer) = answer.read(1);
    Some(judged(upload, answer.status().is_success()))
}

/// As the exporter says whether it went well.
fn judged(upload: Upload, well: bool) -> Delivery {
    let exchange = Exchange::default();
    exchange.note(upload);
    let failed = || OTelSdkError::InternalFailure(String::new());
    let result = well.then_some(()).ok_or_else(failed);
    match Noted::new(exchange, std::time::Duration::MAX).judge(Some(result), 1) {
        Outcome::All(delivery) => delivery,
        Outcome::Partly { refused, .. } => refused.into(),
    }
}

fn collected(body: Bytes, trailers: HeaderMap) -> Option<Collected<Bytes>> {
    let end = std::future::ready(Some(Ok::<_, Infallible>(trailers)));
    let whole = pin!(Full::new(body).with_trailers(end).collect());
    match whole.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(whole)) => Some(whole),
        Poll::Ready(Err(never)) => match never {},
        Poll::Pending => None,
    }
}
