//! What reqwest's errors mean.

use std::any::Any;

use ::reqwest::Error;
use tracer_core::http::{Call, Failure};

use crate::error::{Chain, causes, links, unboxed};

/// Records an error of reqwest with its causes, which its own text leaves out.
pub(super) fn told(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    let bare = error.downcast_ref::<Error>();
    let root = bare.map(|error| error as &(dyn std::error::Error + 'static));
    // Layers of tower between this one and the client put it into a box.
    let Some(root) = root.or_else(|| unboxed(error)) else {
        return false;
    };
    let of_reqwest = |error: &(dyn std::error::Error + 'static)| {
        error.downcast_ref::<Error>().is_some_and(Error::is_timeout)
    };
    if links(root).any(of_reqwest) {
        call.fail(&Failure::new("timeout", &Chain(root)));
        return true;
    }
    causes::<Error>(error, call)
}
