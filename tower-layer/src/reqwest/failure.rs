//! What reqwest's errors mean.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;

use ::reqwest::Error;
use tracer_core::http::{Call, Failure};

/// Records an error of reqwest with its causes, which its own text leaves out.
pub(super) fn told(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    let Some(error) = error.downcast_ref::<Error>() else {
        return false;
    };
    let kind = if error.is_timeout() {
        "timeout"
    } else {
        "Error"
    };
    call.fail(&Failure::new(kind, &Chain(error)));
    true
}

/// An error and what is behind it.
struct Chain<'e>(&'e Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
