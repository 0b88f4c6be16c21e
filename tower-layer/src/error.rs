//! Why a request failed, as its handler or its service tells.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use tracer_core::http::Failure;
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

/// The class of an error: the type's name, which is lost in a box; a timeout in either.
pub(crate) fn kind_of<E: fmt::Display + 'static>(error: &E) -> &'static str {
    let any: &dyn Any = error;
    let boxed: Option<&(dyn Error + 'static)> = if let Some(error) = any.downcast_ref::<BoxedSync>()
    {
        Some(&**error)
    } else if let Some(error) = any.downcast_ref::<BoxedSend>() {
        Some(&**error)
    } else {
        any.downcast_ref::<Boxed>().map(|error| &**error)
    };
    match boxed {
        Some(error) if is_late(error) => "timeout",
        Some(_) => "error",
        None => short_type_name::<E>(),
    }
}

fn is_late(error: &(dyn Error + 'static)) -> bool {
    is_timeout(error) || error.source().is_some_and(is_late)
}

/// The failure that an error is.
pub(crate) fn failure<E: fmt::Display + 'static>(error: &E) -> Failure<'_> {
    Failure::new(kind_of(error), error)
}
