//! What every gRPC layer must know, over strings and bytes alone: how a path splits, what a status
//! means, when a deadline has passed, how many messages went by.
//!
//! The life of a call is in [`crate::http`]: a gRPC call is an HTTP request whose outcome stands in
//! its trailers.
//!
//! ```
//! use tracer_core::rpc::{Code, is_grpc, split_path};
//!
//! assert_eq!(split_path("/shop.Orders/Place").service, Some("shop.Orders"));
//! assert!(is_grpc(Some(b"application/grpc+proto")));
//! assert!(Code::NotFound.is_client_error() && !Code::NotFound.is_server_error());
//! ```

mod code;
mod deadline;
mod messages;
mod path;

pub use code::Code;
pub use deadline::{DEADLINE_TOLERANCE, Deadline, parse_timeout};
pub use messages::MessageCounter;
pub use path::{MethodPath, UNKNOWN_METHOD_NAME, is_ascii_value, is_grpc, split_path};
pub(crate) use path::{begins_as_grpc, full_method, split_full};
