//! Why a request failed: as its handler or its service tells, and as an adapter understands it.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub use tracer_core::causes::{Chain, links};
use tracer_core::http::{Call, Failure};
use tracer_core::short_type_name;

use crate::timeout::is_timeout;

/// The error behind a response, to be put into the response's extensions by a handler or by an
/// `IntoResponse`. The span of a response with an error status says it, unless the handler said
/// something else through `SpanRef::current()`.
///
/// ```
/// use tracer_tower::ResponseError;
///
/// let error = "x".parse::<u8>().unwrap_err();
/// let mut response = http::Response::new(());
/// *response.status_mut() = http::StatusCode::INTERNAL_SERVER_ERROR;
/// response.extensions_mut().insert(ResponseError::new(error));
/// ```
#[derive(Clone)]
pub struct ResponseError {
    kind: &'static str,
    message: Arc<dyn fmt::Display + Send + Sync>,
}

impl ResponseError {
    /// Of this error. Its class is the type's name; its text is printed only for spans that are
    /// recorded.
    pub fn new<E: fmt::Display + Send + Sync + 'static>(error: E) -> Self {
        Self {
            kind: kind_of(&error),
            message: Arc::new(error),
        }
    }

    pub(crate) fn failure(&self) -> Failure<'_> {
        Failure::new(self.kind, &self.message)
    }
}

impl fmt::Debug for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseError")
            .field("kind", &self.kind)
            .field("message", &format_args!("{}", self.message))
            .finish()
    }
}

type Boxed = Box<dyn Error>;
type BoxedSend = Box<dyn Error + Send>;
type BoxedSync = Box<dyn Error + Send + Sync>;

/// Tells a call what an error means in the protocol that an adapter speaks: ends the call and returns
/// true, or does nothing and returns false. The error is the service's or the body's own type;
/// [`unboxed`] looks into the usual boxes.
pub type FailureFn = fn(&(dyn Any + 'static), &mut Call) -> bool;

/// The error in one of the usual boxes: `Box<dyn Error>` with `Send`, `Sync`, both or neither.
/// `None` for everything else.
pub fn unboxed<'e>(error: &'e (dyn Any + 'static)) -> Option<&'e (dyn Error + 'static)> {
    if let Some(error) = error.downcast_ref::<BoxedSync>() {
        Some(&**error)
    } else if let Some(error) = error.downcast_ref::<BoxedSend>() {
        Some(&**error)
    } else {
        error.downcast_ref::<Boxed>().map(|error| &**error)
    }
}

/// Records errors of the type `E` with what is behind them. A layer needs no more of an error than
/// its text; who knows the type can tell:
///
/// ```
/// use std::sync::Arc;
/// use hyper_util::client::legacy::Error;
/// use tracer_core::NoopTracer;
/// use tracer_tower::ClientLayer;
/// use tracer_tower::error::causes;
///
/// let layer = ClientLayer::new(Arc::new(NoopTracer))
///     // The body's error is of another type than the client's.
///     .failures(|error, call| causes::<Error>(error, call) || causes::<hyper::Error>(error, call));
/// # let _ = layer;
/// ```
///
/// Errors in the usual boxes are recorded so without it.
pub fn causes<E: Error + 'static>(error: &(dyn Any + 'static), call: &mut Call) -> bool {
    let Some(error) = error.downcast_ref::<E>() else {
        return false;
    };
    let kind = if is_late(error) {
        "timeout"
    } else {
        short_type_name::<E>()
    };
    call.fail(&Failure::new(kind, &Chain(error)));
    true
}

/// The class of an error: the type's name, which is lost in a box; a timeout in either.
pub(crate) fn kind_of<E: fmt::Display + 'static>(error: &E) -> &'static str {
    match unboxed(error) {
        Some(error) if is_late(error) => "timeout",
        Some(_) => "error",
        None => short_type_name::<E>(),
    }
}

fn is_late(error: &(dyn Error + 'static)) -> bool {
    links(error).any(is_timeout)
}

/// Ends a call with the error that came from its service or its body.
pub(crate) fn fail<E: fmt::Display + 'static>(
    call: &mut Call,
    error: &E,
    failures: Option<FailureFn>,
) {
    if !call.is_recording() {
        return;
    }
    // A user's code; without its word the error is recorded as it is.
    let told = failures
        .is_some_and(|told| catch_unwind(AssertUnwindSafe(|| told(error, call))).unwrap_or(false));
    if !told && !from_box(error, call) {
        call.fail(&Failure::new(short_type_name::<E>(), error));
    }
}

/// Records what is in one of the usual boxes, or in axum's round the errors of bodies, which says no more than the
/// outermost one.
fn from_box<E: fmt::Display + 'static>(error: &E, call: &mut Call) -> bool {
    #[cfg(feature = "axum")]
    if causes::<axum::Error>(error, call) {
        return true;
    }
    let inside = unboxed(error);
    if let Some(inside) = inside {
        call.fail(&Failure::new(kind_of(error), &Chain(inside)));
    }
    inside.is_some()
}
