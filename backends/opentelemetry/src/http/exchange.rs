//! What passes between client and verdict, beside the exporter that stands between them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::Response;
use tracer_recording::Delivery;

use super::Read;
use crate::verdict::Refused;

/// How much of an error's text goes into the reason.
const REASON_BYTES: usize = 200;
const HTML: &[u8] = b"text/html";
/// As good as no time-out at all, of which the client's clock would run over.
const DAY: Duration = Duration::from_secs(86_400);

/// The end of the time for the running export, and what became of its upload.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    upload: Option<Upload>,
}

/// What became of an upload.
#[derive(Debug)]
pub(crate) enum Upload {
    /// Not written whole, or not looked at.
    Unsent(String),
    /// Written, but no answer came.
    Unanswered(String),
    /// Answered with success, but by somebody else: with a page.
    Page(String),
    /// Answered.
    Answered {
        status: u16,
        retry_after: Option<Duration>,
        sent: usize,
        reason: String,
        refused: Option<Refused>,
    },
}

impl Exchange {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self, timeout: Duration) {
        *self.state() = State {
            until: Instant::now().checked_add(timeout.min(DAY)),
            upload: None,
        };
    }

    /// How much time is left.
    pub(crate) fn left(&self) -> Duration {
        let until = self.state().until;
        until.map_or(DAY, |until| until.saturating_duration_since(Instant::now()))
    }

    pub(crate) fn note(&self, upload: Upload) {
        self.state().upload = Some(upload);
    }

    pub(crate) fn take(&self) -> Option<Upload> {
        self.state().upload.take()
    }
}

impl Upload {
    pub(crate) fn answered(answer: &Response<Bytes>, sent: usize, read: Option<Read>) -> Self {
        let text = short(answer.body());
        let status = answer.status();
        let reason = match text.trim() {
            "" => format!("HTTP {status}"),
            text => format!("HTTP {status}: {text}"),
        };
        if status.is_success() && is_page(answer) && !text.trim().is_empty() {
            return Self::Page(reason);
        }
        Self::Answered {
            status: status.as_u16(),
            retry_after: retry_after(answer),
            sent,
            reason,
            refused: read.and_then(|read| read(answer.body())),
        }
    }

    /// What it means when the exporter says that it failed.
    pub(crate) fn delivery(self) -> Delivery {
        match self {
            Self::Unsent(error) => Delivery::Retry {
                after: None,
                reason: format!("not sent: {error}"),
            },
            Self::Unanswered(error) => Delivery::Rejected {
                reason: format!("sent, but no answer came: {error}"),
            },
            Self::Page(reason) => Delivery::Rejected {
                reason: format!("a page instead of a collector's answer: {reason}"),
            },
            Self::Answered {
                status: 413,
                reason,
                ..
            } => Delivery::TooLarge { reason },
            Self::Answered {
                status: 429 | 502 | 503 | 504,
                retry_after: after,
                reason,
                ..
            } => Delivery::Retry { after, reason },
            Self::Answered { reason, .. } => Delivery::Rejected { reason },
        }
    }
}

/// A receiver's text, as it goes into a reason.
pub(crate) fn short(text: &[u8]) -> String {
    let text = text.get(..REASON_BYTES).unwrap_or(text);
    String::from_utf8_lossy(text).replace(char::is_control, " ")
}

/// No collector says anything in HTML: it is a login page, a proxy, or the port of a user interface. Some label
/// nothing at all so.
fn is_page(answer: &Response<Bytes>) -> bool {
    let media_type = answer.headers().get("content-type");
    let media_type = media_type.and_then(|value| value.as_bytes().get(..HTML.len()));
    media_type.is_some_and(|media_type| media_type.eq_ignore_ascii_case(HTML))
}

fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    let value = answer.headers().get("retry-after")?.to_str().ok()?;
    tracer_recording::retry_after(value, SystemTime::now())
}
