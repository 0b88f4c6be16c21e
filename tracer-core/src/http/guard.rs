//! What users hook in, at arm's length.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a user's closure. A panic, which the panic hook has shown already, is no answer: what only
/// watches a request must not break it.
pub(super) fn guarded<T>(f: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(f)).ok()
}
