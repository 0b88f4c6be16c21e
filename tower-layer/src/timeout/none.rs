//! No timeouts are known without the feature.

use std::error::Error;

/// True for the error of tower's timeout.
pub(crate) const fn is_timeout(_: &(dyn Error + 'static)) -> bool {
    false
}
