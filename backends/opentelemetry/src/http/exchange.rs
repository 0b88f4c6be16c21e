//! What passes between client and verdict, beside the exporter that stands between them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::Response;
use tracer_recording::Delivery;

/// How much of an error's text goes into the reason.
const REASON_BYTES: usize = 200;

/// The end of the time for the running export, and what became of its upload.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    outcome: Option<Outcome>,
}

/// What became of an upload.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Not written whole.
    Unsent(String),
    /// Written, but no answer came.
    Unanswered(String),
    /// Answered.
    Answered {
        status: u16,
        retry_after: Option<Duration>,
        sent: usize,
        reason: String,
    },
}

impl Exchange {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begin(&self, timeout: Duration) {
        *self.state() = State {
            until: Instant::now().checked_add(timeout),
            outcome: None,
        };
    }

    /// How much time is left.
    pub(super) fn left(&self) -> Duration {
        let until = self.state().until;
        until.map_or(Duration::MAX, |until| {
            until.saturating_duration_since(Instant::now())
        })
    }

    pub(super) fn note(&self, outcome: Outcome) {
        self.state().outcome = Some(outcome);
    }

    pub(super) fn take(&self) -> Option<Outcome> {
        self.state().outcome.take()
    }
}

impl Outcome {
    pub(super) fn answered(answer: &Response<Bytes>, sent: usize) -> Self {
        let text = answer.body().get(..REASON_BYTES).unwrap_or(answer.body());
        let text = String::from_utf8_lossy(text).replace(char::is_control, " ");
        let status = answer.status();
        Self::Answered {
            status: status.as_u16(),
            retry_after: retry_after(answer),
            sent,
            reason: match text.trim() {
                "" => format!("HTTP {status}"),
                text => format!("HTTP {status}: {text}"),
            },
        }
    }

    /// What it means when the exporter says that it failed.
    pub(super) fn delivery(self) -> Delivery {
        match self {
            Self::Unsent(error) => Delivery::Retry {
                after: None,
                reason: format!("not sent: {error}"),
            },
            Self::Unanswered(error) => Delivery::Rejected {
                reason: format!("sent, but no answer came: {error}"),
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

/// `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date.
fn retry_after(answer: &Response<Bytes>) -> Option<Duration> {
    let value = answer.headers().get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?;
    Some(at.duration_since(SystemTime::now()).unwrap_or_default())
}
