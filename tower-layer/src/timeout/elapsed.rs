//! Timeouts of tower.

use std::error::Error;

/// True for the error of tower's timeout.
pub(crate) fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    error.is::<tower::timeout::error::Elapsed>()
}
