//! What both layers return: a future and a body that take the span along.

mod body;
mod future;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub(crate) use future::call_recorded;
