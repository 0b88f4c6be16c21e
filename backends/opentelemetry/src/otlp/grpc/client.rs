//! Carries what `opentelemetry-otlp` encodes for HTTP to a gRPC service: it is the same message.

use std::error::Error;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, TE};
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Limited};
use opentelemetry_http::{HttpClient, HttpError};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::{Channel, Endpoint};
use tracer_core::causes::{Chain, links};
use tracer_recording::{IDLE, Tls};

use super::answer::Answer;
use super::body::Envelope;
use crate::http::{ANSWER_BYTES, Exchange, Upload, put_own};

/// Where requests go. Only the path counts: the channel has scheme and host of its own.
pub(super) const URL: &str =
    "http://localhost/opentelemetry.proto.collector.trace.v1.TraceService/Export";

const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const B3: HeaderName = HeaderName::from_static("b3");

type BoxError = Box<dyn Error + Send + Sync>;

/// Sends what the exporter has encoded over a channel, and notes what became of it.
///
/// Uploads carry `b3: 0`, so that nobody traces them. Runs on tokio.
#[derive(Debug)]
pub(super) struct Client {
    endpoint: Endpoint,
    line: Mutex<Line>,
    headers: HeaderMap,
    exchange: Exchange,
}

/// A channel, and when it was last of use.
#[derive(Debug)]
struct Line {
    channel: Channel,
    used: Instant,
}

impl Line {
    fn new(endpoint: &Endpoint) -> Self {
        Self {
            channel: endpoint.connect_lazy(),
            used: Instant::now(),
        }
    }
}

impl Client {
    /// Inside a runtime.
    pub(super) fn new(endpoint: Endpoint, headers: HeaderMap, exchange: Exchange) -> Self {
        Self {
            line: Mutex::new(Line::new(&endpoint)),
            endpoint,
            headers,
            exchange,
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that was idle for long may be dead without anybody having said so, behind a firewall for
    /// instance: a batch that was written there would be lost.
    fn channel(&self) -> Channel {
        let mut line = self.line();
        if line.used.elapsed() >= IDLE {
            *line = Line::new(&self.endpoint);
        }
        line.channel.clone()
    }

    async fn call(&self, request: Request<Body>) -> Result<Answer, BoxError> {
        let mut channel = self.channel();
        poll_fn(|context| channel.poll_ready(context)).await?;
        let (head, body) = channel.call(request).await?.into_parts();
        match Limited::new(body, ANSWER_BYTES).collect().await {
            Ok(body) => Ok(Answer::new(head, body)),
            // The status says enough if it is not gRPC's.
            Err(_) if !head.status.is_success() => Ok(Answer::bare(head)),
            Err(error) => Err(error),
        }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (mut head, message) = request.into_parts();
        put_own(&self.headers, &mut head.headers);
        let compressed = head.headers.remove(CONTENT_ENCODING);
        let body = Envelope::new(message, compressed.is_some())?;
        let (sent, way) = (body.left(), body.way());
        if let Some(encoding) = compressed {
            head.headers.insert(ENCODING, encoding);
        }
        for (name, value) in [
            (CONTENT_TYPE, "application/grpc"),
            (TE, "trailers"),
            (B3, "0"),
        ] {
            head.headers.insert(name, HeaderValue::from_static(value));
        }
        let request = Request::from_parts(head, Body::new(body));

        let called = tokio::time::timeout(self.exchange.left(), self.call(request)).await;
        // What is to be sent again must not arrive after all.
        let unsent = way.stop();
        let error = match called {
            Ok(Ok(answer)) => {
                self.line().used = Instant::now();
                let (upload, answer) = answer.read(sent);
                self.exchange.note(match upload {
                    // Accepted before it was there, or a page in the place of an answer.
                    Upload::Answered {
                        status: 200,
                        reason,
                        ..
                    }
                    | Upload::Unanswered(reason)
                        if unsent =>
                    {
                        Upload::Unsent(reason)
                    }
                    upload => upload,
                });
                return Ok(answer);
            }
            Ok(Err(error)) => error,
            Err(_) => {
                // Nor does anybody say so here: the next batch gets another.
                *self.line() = Line::new(&self.endpoint);
                "no answer in time".into()
            }
        };
        let mut reason = Chain(&*error).to_string();
        if is_other_language(&*error) {
            reason.push_str(" (is it a port for HTTP?)");
        }
        self.exchange.note(if unsent || unseen(&*error) {
            Upload::Unsent(reason)
        } else {
            Upload::Unanswered(reason)
        });
        Err(error)
    }
}

/// True if the peer says that it did nothing about the request (RFC 9113, sections 6.8 and 8.7), or that
/// it takes none from us.
fn unseen(error: &(dyn Error + 'static)) -> bool {
    let mut causes = links(error).filter_map(|error| error.downcast_ref::<h2::Error>());
    causes.any(|error| {
        let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (error.is_go_away() || refused)
    }) || Tls::turned_away(error)
}

/// True for what the first words of HTTP/1.1 are, read as HTTP/2: a frame of five million bytes.
fn is_other_language(error: &(dyn Error + 'static)) -> bool {
    let mut causes = links(error).filter_map(|error| error.downcast_ref::<h2::Error>());
    causes.any(|error| error.reason() == Some(h2::Reason::FRAME_SIZE_ERROR) && !error.is_remote())
}
