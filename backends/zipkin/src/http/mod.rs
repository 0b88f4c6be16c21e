//! Lists over HTTP, with a blocking client.

mod endpoint;

use std::fmt;
use std::io::{Read, Write};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use tracer_recording::{Asking, Authorities, Delivery, Identity, Tls, Watched, described};
use ureq::http::header::AUTHORIZATION;
use ureq::http::{HeaderName, HeaderValue, Response, Uri};
use ureq::{Agent, Body, SendBody};

use crate::config::ConfigError;
use crate::exporter::ZipkinExporter;
use crate::sender::Sender;

pub use endpoint::DEFAULT_ENDPOINT;

/// Bodies above this are compressed.
const GZIP_ABOVE: usize = 1024;
/// How much of an error's text goes into the reason.
const REASON_BYTES: u64 = 200;
const NAME: &str = concat!("tracer-zipkin/", env!("CARGO_PKG_VERSION"));
/// As good as no time-out at all, of which the client's clock would run over.
const DAY: Duration = Duration::from_secs(86_400);

impl ZipkinExporter {
    /// An exporter that posts lists to `endpoint`, for instance [`DEFAULT_ENDPOINT`].
    ///
    /// # Errors
    ///
    /// See [`HttpSender::new`].
    pub fn http(endpoint: &str) -> Result<Self, ConfigError> {
        HttpSender::new(endpoint).map(Self::over)
    }
}

/// Posts lists to a Zipkin server. 202 is success, and nothing else is: that is what Zipkin answers,
/// so another 2xx is somebody else's answer.
///
/// Bodies above 1 KiB are compressed. Uploads carry `b3: 0`, so that nobody traces them. Redirects
/// are not followed, and proxies of the environment are not used.
pub struct HttpSender {
    agent: Agent,
    tls: Tls,
    uri: Uri,
    /// What user and password in the URL make.
    authorization: Option<HeaderValue>,
    headers: Vec<(HeaderName, HeaderValue)>,
    compressed: Vec<u8>,
    asking: Asking,
}

impl HttpSender {
    /// A sender to this URL. User and password in it are percent-decoded and sent as basic
    /// authentication.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it is no `http` URL with a host (or `https` with the feature `tls`).
    pub fn new(endpoint: &str) -> Result<Self, ConfigError> {
        let endpoint = endpoint::parse(endpoint)?;
        Ok(Self {
            agent: Tls::default().agent(NAME),
            tls: Tls::default(),
            uri: endpoint.uri,
            authorization: endpoint.authorization,
            headers: Vec::new(),
            compressed: Vec::new(),
            asking: Asking::default(),
        })
    }

    /// Trusts these authorities, in the place of the public ones, where the URL is `https`.
    #[must_use]
    pub fn trust(mut self, authorities: &Authorities) -> Self {
        self.tls.trusted = Some(authorities.clone());
        self.agent = self.tls.agent(NAME);
        self
    }

    /// Shows this identity where the URL is `https` and the server asks for one.
    #[must_use]
    pub fn identity(mut self, identity: &Identity) -> Self {
        self.tls.identity = Some(identity.clone());
        self.agent = self.tls.agent(NAME);
        self
    }

    /// Sends this header with each list, for instance an access token: `authorization` stands in the
    /// place of what the URL says.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if name or value cannot stand in a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, ConfigError> {
        let fail = |what| ConfigError::new(format!("header {name:?}: not a header's {what}"));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| fail("name"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| fail("value"))?;
        value.set_sensitive(true);
        if key == AUTHORIZATION {
            self.authorization = None;
        }
        self.headers.push((key, value));
        Ok(self)
    }

    /// Fills `self.compressed`; false if the list is to go as it is.
    fn compress(&mut self, list: &[u8]) -> bool {
        if list.len() <= GZIP_ABOVE {
            return false;
        }
        let mut buffer = std::mem::take(&mut self.compressed);
        buffer.clear();
        let mut encoder = GzEncoder::new(buffer, Compression::fast());
        let written = encoder.write_all(list).and_then(|()| encoder.finish());
        let done = written.is_ok();
        self.compressed = written.unwrap_or_default();
        done
    }
}

impl Sender for HttpSender {
    fn send(&mut self, list: &[u8], media_type: &str, timeout: Duration) -> Delivery {
        let compressed = self.compress(list);
        let bytes = if compressed { &self.compressed } else { list };
        let mut request = self
            .agent
            .post(&self.uri)
            .header("content-type", media_type)
            .header("content-length", bytes.len())
            .header("b3", "0");
        if compressed {
            request = request.header("content-encoding", "gzip");
        }
        if let Some(value) = &self.authorization {
            request = request.header(AUTHORIZATION, value);
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let asks = self.asking.take();
        if asks {
            for (name, value) in Asking::HEADERS {
                request = request.header(name, value);
            }
        }
        let mut body = Watched::new(bytes);
        let answer = request
            .config()
            .timeout_global(Some(timeout.min(DAY)))
            .build()
            .send(SendBody::from_reader(&mut body));
        match answer {
            Ok(mut response) if asks && response.status() == Asking::CANNOT_SAY => {
                Delivery::Retry {
                    after: None,
                    reason: reason(&mut response),
                }
            }
            // Said of the head alone.
            Ok(response) if response.status().is_success() && !body.was_read() => Delivery::Retry {
                after: None,
                reason: format!("not sent: HTTP {} before the list", response.status()),
            },
            Ok(response) => judge(response, bytes.len()),
            Err(error) if body.may_have_arrived(&error) => Delivery::Rejected {
                reason: format!("sent, but no answer came: {error}"),
            },
            Err(error) => {
                self.asking.unsent(&body);
                Delivery::Retry {
                    after: None,
                    reason: format!("not sent: {error}"),
                }
            }
        }
    }

    fn describe(&self) -> String {
        described(&self.uri)
    }
}

impl fmt::Debug for HttpSender {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSender")
            .field("to", &self.describe())
            .finish_non_exhaustive()
    }
}

fn judge(mut response: Response<Body>, bytes: usize) -> Delivery {
    match response.status().as_u16() {
        202 => Delivery::Sent { bytes },
        413 => Delivery::TooLarge {
            reason: reason(&mut response),
        },
        429 | 502 | 503 | 504 => Delivery::Retry {
            after: retry_after(&response),
            reason: reason(&mut response),
        },
        _ => Delivery::Rejected {
            reason: reason(&mut response),
        },
    }
}

fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?;
    tracer_recording::retry_after(value, SystemTime::now())
}

/// The status, and the start of what the server said on one line.
fn reason(response: &mut Response<Body>) -> String {
    let mut text = Vec::new();
    // The status says enough if the text does not come.
    let _ = response
        .body_mut()
        .as_reader()
        .take(REASON_BYTES)
        .read_to_end(&mut text);
    let text = String::from_utf8_lossy(&text).replace(char::is_control, " ");
    match text.trim() {
        "" => format!("HTTP {}", response.status()),
        text => format!("HTTP {}: {text}", response.status()),
    }
}
