//! Questions and answers in terms of `http`, over hyper: for axum and for hyper alone.

use std::fmt;

use axum::body::{Body, HttpBody};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt, StreamBody};
use hyper::body;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{DuplexStream, copy_bidirectional};
use tracer_tower::ResponseError;

use crate::kit::{Ask, Frame, Frames, Reply};

/// What a request asks.
pub(super) async fn ask<B: HttpBody>(request: http::Request<B>) -> Ask {
    let (head, body) = request.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let body = if head.headers.contains_key("content-length") {
        let whole = body.collect().await;
        whole.map_or_else(|_| Bytes::new(), http_body_util::Collected::to_bytes)
    } else {
        Bytes::new()
    };
    let headers = head.headers.iter();
    Ask {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: headers
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect(),
        body,
    }
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What answers it; `upgrade` is the request's.
pub(super) fn answer(reply: Reply, upgrade: OnUpgrade) -> Response {
    match reply {
        Reply::Whole {
            status: code,
            headers,
            body,
        } => {
            let mut response = (status(code), body).into_response();
            for (name, value) in headers {
                insert(&mut response, name, &value);
            }
            response
        }
        Reply::Stream(frames) => streamed(frames),
        Reply::Switch { status: code, pipe } => {
            tokio::spawn(join(upgrade, pipe));
            let mut response = status(code).into_response();
            if code == 101 {
                insert(&mut response, "connection", "upgrade");
                insert(&mut response, "upgrade", "websocket");
            }
            response
        }
        Reply::Error {
            status: code,
            message,
        } => {
            let mut response = (status(code), message).into_response();
            response
                .extensions_mut()
                .insert(ResponseError::new(Told(message)));
            response
        }
    }
}

fn insert(response: &mut Response, name: &'static str, value: &str) {
    if let Ok(value) = value.parse() {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, value);
    }
}

fn streamed(frames: Frames) -> Response {
    let (headers, length) = (frames.headers().to_vec(), frames.length());
    let frames = stream::unfold(frames, async |mut frames| {
        let data = |text: &'static str| Ok(body::Frame::data(Bytes::from_static(text.as_bytes())));
        let frame = match frames.recv().await? {
            Frame::Data(text) => data(text),
            Frame::Seen(text, witness) => {
                drop(witness);
                data(text)
            }
            Frame::Trailer(name, value) => Ok(body::Frame::trailers(HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]))),
            Frame::Fails(text) => Err(Told(text)),
            Frame::Panics(text) => std::panic::panic_any(text),
        };
        Some((frame, frames))
    });
    let mut response = Response::new(Body::new(StreamBody::new(frames)));
    for (name, value) in headers {
        insert(&mut response, name, &value);
    }
    if let Some(length) = length {
        insert(&mut response, "content-length", &length.to_string());
    }
    response
}

/// Carries bytes between a connection that was switched and who serves it now.
async fn join(upgrade: OnUpgrade, mut pipe: DuplexStream) {
    if let Ok(upgraded) = upgrade.await {
        // That one of the two goes away is how it ends.
        let _ = copy_bidirectional(&mut TokioIo::new(upgraded), &mut pipe).await;
    }
}

/// An error with a text.
#[derive(Debug)]
struct Told(&'static str);

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Told {}
