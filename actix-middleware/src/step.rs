//! One step of what is traced.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tracer_core::http::Call;

/// Runs a step with the call's span current. A panic ends the span, with its message, and goes on
/// unchanged.
pub(crate) fn step<T>(call: &mut Call, inner: impl FnOnce() -> T) -> T {
    let outcome = {
        let _scope = call.enter();
        catch_unwind(AssertUnwindSafe(inner))
    };
    match outcome {
        Ok(value) => value,
        Err(payload) => {
            call.panic(&*payload);
            resume_unwind(payload)
        }
    }
}
