//! What an exporter's result means for the batch.

use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use tracer_recording::Delivery;

/// What became of one export.
pub(crate) enum Outcome {
    /// The same for all of its spans.
    All(Delivery),
    /// Taken, in so many bytes, without these spans.
    #[cfg_attr(
        not(feature = "_http"),
        allow(dead_code, reason = "exporters of other kinds do not tell")
    )]
    Partly { bytes: usize, refused: Refused },
}

/// Spans that a receiver did not take of an export that it took.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) spans: u64,
    pub(crate) reason: String,
}

impl From<Delivery> for Outcome {
    fn from(delivery: Delivery) -> Self {
        Self::All(delivery)
    }
}

impl From<Refused> for Delivery {
    fn from(refused: Refused) -> Self {
        let Refused { spans, reason } = refused;
        let colon = if reason.is_empty() { "" } else { ": " };
        Self::Rejected {
            reason: format!("{spans} spans not taken{colon}{reason}"),
        }
    }
}

/// Turns results into deliveries. Transports that know more than the exporter says have their own.
pub(crate) trait Verdict: Send {
    /// True if a batch may have to be sent again, so that it must be kept.
    fn may_retry(&self) -> bool;

    /// An export begins that may take this long.
    fn begin(&self, timeout: Duration);

    /// It has ended, or the time was up (`None`). `bytes` is the estimate of its size.
    fn judge(&self, result: Option<OTelSdkResult>, bytes: usize) -> Outcome;
}

/// Nothing is known about the exporter: whatever failed may have arrived.
pub(crate) struct Unknown;

impl Verdict for Unknown {
    fn may_retry(&self) -> bool {
        false
    }

    fn begin(&self, _: Duration) {}

    fn judge(&self, result: Option<OTelSdkResult>, bytes: usize) -> Outcome {
        let delivery = match result {
            Some(Ok(())) => Delivery::Sent { bytes },
            Some(Err(error)) => Delivery::Rejected {
                reason: error.to_string(),
            },
            None => late(),
        };
        delivery.into()
    }
}

/// The time was up.
pub(crate) fn late() -> Delivery {
    Delivery::Rejected {
        reason: "no answer in time".to_owned(),
    }
}
