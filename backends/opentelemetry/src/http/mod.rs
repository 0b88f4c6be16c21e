//! The HTTP client of exporters that take one: blocking, on the reporter's own thread.

mod exchange;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderMap, Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_sdk::error::OTelSdkResult;
use tracer_recording::{Asking, Delivery, Tls, Watched};
use ureq::{Agent, SendBody};

use crate::verdict::{Outcome, Refused, Verdict, late};
#[cfg(feature = "otlp")]
pub(crate) use exchange::short;
pub(crate) use exchange::{Exchange, Upload};

/// How much of an answer is read.
pub(crate) const ANSWER_BYTES: usize = 64 * 1024;
const NAME: &str = concat!("tracer-opentelemetry/", env!("CARGO_PKG_VERSION"));

/// Changes a body on its way.
type Rewrite = fn(&Bytes) -> Option<Bytes>;
/// Finds out of which spans an answer says that they were not taken.
type Read = fn(&[u8]) -> Option<Refused>;

/// Sends what an exporter has encoded, and notes what became of it.
///
/// Uploads carry `b3: 0`, so that nobody traces them. Redirects are not followed, and proxies of
/// the environment are not used.
#[derive(Debug)]
pub(crate) struct Client {
    agent: Agent,
    exchange: Exchange,
    /// In the place of those that the exporter has put there.
    headers: HeaderMap,
    rewrite: Option<Rewrite>,
    read: Option<Read>,
    asking: Asking,
}

/// What the client noted, as the exporter's verdict.
pub(crate) struct Noted {
    exchange: Exchange,
    /// The longest time for one upload.
    limit: Duration,
}

/// A client that sends these headers, and the verdict that goes with it.
pub(crate) fn client(limit: Duration, tls: &Tls, headers: HeaderMap) -> (Client, Noted) {
    let exchange = Exchange::default();
    let client = Client {
        agent: tls.agent(NAME),
        exchange: exchange.clone(),
        headers,
        rewrite: None,
        read: None,
        asking: Asking::default(),
    };
    (client, Noted::new(exchange, limit))
}

impl Client {
    #[cfg(feature = "otel-zipkin")]
    pub(crate) fn rewrite(mut self, rewrite: Rewrite) -> Self {
        self.rewrite = Some(rewrite);
        self
    }

    #[cfg(feature = "otlp")]
    pub(crate) fn read(mut self, read: Read) -> Self {
        self.read = Some(read);
        self
    }

    fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (mut head, given) = request.into_parts();
        let bytes = self
            .rewrite
            .and_then(|rewrite| rewrite(&given))
            .unwrap_or(given);
        let headers = &mut head.headers;
        put_own(&self.headers, headers);
        headers.insert("content-length", bytes.len().into());
        headers.insert("b3", http::HeaderValue::from_static("0"));
        let asks = self.asking.take();
        if asks {
            for (name, value) in Asking::HEADERS {
                headers.insert(name, http::HeaderValue::from_static(value));
            }
        }
        let mut body = Watched::new(&bytes);
        let request = Request::from_parts(head, SendBody::from_reader(&mut body));
        let request = self
            .agent
            .configure_request(request)
            .timeout_global(Some(self.exchange.left()))
            .build();
        let answer = self.agent.run(request);
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(error) => {
                let upload = if body.may_have_arrived(&error) {
                    Upload::Unanswered(reason(&error))
                } else {
                    self.asking.unsent(&body);
                    Upload::Unsent(reason(&error))
                };
                self.exchange.note(upload);
                return Err(error.into());
            }
        };
        // The status says enough if the text does not come.
        let text = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_BYTES as u64)
            .read_to_vec()
            .unwrap_or_default();
        let answer = answer.map(|_| Bytes::from(text));
        let early = answer.status().is_success() && !body.was_read();
        let upload = if early || asks && answer.status() == Asking::CANNOT_SAY {
            Upload::Unsent(format!("HTTP {}", answer.status()))
        } else {
            Upload::answered(&answer, bytes.len(), self.read)
        };
        self.exchange.note(upload);
        Ok(answer)
    }
}

/// An error, and what may be wrong where somebody answers in another language.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Protocol(_) => format!("{error} (is it a port for gRPC?)"),
        _ => error.to_string(),
    }
}

/// Puts these in the place of all but those that say what the body is, or who sends it.
pub(crate) fn put_own(own: &HeaderMap, headers: &mut HeaderMap) {
    let mut all = own.clone();
    for name in [
        CONTENT_TYPE,
        CONTENT_ENCODING,
        CONTENT_LENGTH,
        TRANSFER_ENCODING,
    ] {
        all.remove(&name);
        if let Some(value) = headers.remove(&name) {
            all.insert(name, value);
        }
    }
    if let Some(agent) = headers.remove(USER_AGENT) {
        all.entry(USER_AGENT).or_insert(agent);
    }
    *headers = all;
}

#[async_trait]
impl HttpClient for Client {
    /// Blocks: only a reporter's thread polls this.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.exchange(request)
    }
}

impl Noted {
    pub(crate) fn new(exchange: Exchange, limit: Duration) -> Self {
        Self { exchange, limit }
    }
}

impl Verdict for Noted {
    fn may_retry(&self) -> bool {
        true
    }

    fn begin(&self, timeout: Duration) {
        self.exchange.begin(timeout.min(self.limit));
    }

    fn judge(&self, result: Option<OTelSdkResult>, bytes: usize) -> Outcome {
        let delivery = match (result, self.exchange.take()) {
            (Some(Ok(())), Some(Upload::Answered { sent, refused, .. })) => match refused {
                Some(refused) => {
                    return Outcome::Partly {
                        bytes: sent,
                        refused,
                    };
                }
                None => Delivery::Sent { bytes: sent },
            },
            // Accepted by the head alone, or by somebody else.
            (Some(Ok(())), Some(upload @ (Upload::Unsent(_) | Upload::Page(_)))) => {
                upload.delivery()
            }
            (Some(Ok(())), _) => Delivery::Sent { bytes },
            (Some(Err(_)), Some(upload)) => upload.delivery(),
            (Some(Err(error)), None) => Delivery::Rejected {
                reason: error.to_string(),
            },
            (None, _) => late(),
        };
        delivery.into()
    }
}
