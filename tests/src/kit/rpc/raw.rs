//! Answers that are written as they stand: what no gRPC server should say, and proxies do.

use std::sync::{Arc, Mutex};

use axum::Error;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use tokio::sync::mpsc;

/// A body of whatever.
pub type Body = UnsyncBoxBody<Bytes, Error>;

/// Answers requests with HTTP as it stands.
pub type RawHandler = Arc<dyn Fn() -> Raw + Send + Sync>;

/// HTTP as it stands.
pub struct Raw {
    /// The HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body.
    pub body: RawBody,
}

/// A body.
pub enum RawBody {
    /// Known as a whole: it ends with its last byte, or with the headers if it has none.
    Whole(Bytes),
    /// Pieces, of which nobody knows how many.
    Pieces(mpsc::UnboundedReceiver<RawFrame>),
}

/// A piece of a body.
pub enum RawFrame {
    /// Data.
    Data(Bytes),
    /// Trailers.
    Trailers(&'static [(&'static str, &'static str)]),
    /// The stream is reset.
    Fails(&'static str),
}

impl Raw {
    /// A gRPC answer with these headers, trailers-only unless frames follow.
    pub fn grpc(headers: &[(&'static str, &'static str)]) -> Self {
        let content_type = [("content-type", "application/grpc")];
        let headers = content_type.iter().chain(headers).copied();
        Self {
            status: 200,
            headers: headers.collect(),
            body: RawBody::Whole(Bytes::new()),
        }
    }

    /// A page of a proxy.
    pub fn page(status: u16) -> Self {
        let text = "<html><body>a proxy says no</body></html>";
        Self {
            status,
            headers: vec![("content-type", "text/html")],
            body: RawBody::Whole(text.into()),
        }
    }

    /// With these pieces as its body.
    pub fn body(mut self, frames: impl IntoIterator<Item = RawFrame>) -> Self {
        let (feed, pieces) = mpsc::unbounded_channel();
        for frame in frames {
            // The receiver is right here.
            let _ = feed.send(frame);
        }
        self.body = RawBody::Pieces(pieces);
        self
    }

    /// The response.
    pub fn into_response(self) -> Response<Body> {
        let body = match self.body {
            RawBody::Whole(bytes) => Full::new(bytes)
                .map_err(|never| match never {})
                .boxed_unsync(),
            RawBody::Pieces(pieces) => {
                let frames = stream::unfold(pieces, async |mut pieces| {
                    let frame = match pieces.recv().await? {
                        RawFrame::Data(data) => Ok(Frame::data(data)),
                        RawFrame::Trailers(trailers) => Ok(Frame::trailers(headers(trailers))),
                        RawFrame::Fails(text) => Err(Error::new(text)),
                    };
                    Some((frame, pieces))
                });
                StreamBody::new(frames).boxed_unsync()
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = headers(&self.headers);
        response
    }
}

fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
    let list = list.iter();
    list.map(|(name, value)| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    })
    .collect()
}

/// Makes a handler of a closure.
pub fn raw(answer: impl Fn() -> Raw + Send + Sync + 'static) -> RawHandler {
    Arc::new(answer)
}

/// A handler whose first answer is a gRPC stream that the case feeds, and the place to feed it.
pub fn raw_fed() -> (mpsc::UnboundedSender<RawFrame>, RawHandler) {
    let (feed, frames) = mpsc::unbounded_channel();
    let frames = Mutex::new(Some(frames));
    let answer = raw(move || {
        let mut answer = Raw::grpc(&[]);
        if let Some(frames) = frames.lock().ok().and_then(|mut frames| frames.take()) {
            answer.body = RawBody::Pieces(frames);
        }
        answer
    });
    (feed, answer)
}
