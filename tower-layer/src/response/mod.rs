//! What both layers return: a future and a body that take the span along.

mod body;
mod calling;
mod future;

pub use body::ResponseBody;
pub(crate) use calling::{call_recorded, unrecorded_future};
pub use future::ResponseFuture;
