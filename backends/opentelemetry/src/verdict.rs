//! What an exporter's result means for the batch.

use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use tracer_recording::Delivery;

/// Turns results into deliveries. Transports that know more than the exporter says have their own.
pub(crate) trait Verdict: Send {
    /// True if a batch may have to be sent again, so that it must be kept.
    fn may_retry(&self) -> bool;

    /// An export begins that may take this long.
    fn begin(&self, timeout: Duration);

    /// It has ended, or the time was up (`None`). `bytes` is the estimate of its size.
    fn judge(&self, result: Option<OTelSdkResult>, bytes: usize) -> Delivery;
}

/// Nothing is known about the exporter: whatever failed may have arrived.
pub(crate) struct Unknown;

impl Verdict for Unknown {
    fn may_retry(&self) -> bool {
        false
    }

    fn begin(&self, _: Duration) {}

    fn judge(&self, result: Option<OTelSdkResult>, bytes: usize) -> Delivery {
        match result {
            Some(Ok(())) => Delivery::Sent { bytes },
            Some(Err(error)) => Delivery::Rejected {
                reason: error.to_string(),
            },
            None => late(),
        }
    }
}

/// The time was up.
pub(crate) fn late() -> Delivery {
    Delivery::Rejected {
        reason: "no answer in time".to_owned(),
    }
}
