//! What reqwest's errors mean.

use std::any::Any;

use ::reqwest::Error;
use tracer_core::http::{Call, Failure};

use crate::error::{Chain, causes};

/// Records an error of reqwest with its causes, which its own text leaves out.
pub(super) fn told(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    match error.downcast_ref::<Error>() {
        Some(error) if error.is_timeout() => {
            call.fail(&Failure::new("timeout", &Chain(error)));
            true
        }
        _ => causes::<Error>(error, call),
    }
}
