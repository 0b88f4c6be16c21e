//! The cases for clients. Each is named by the rule that it checks.

pub mod calls;
pub mod deadlines;
pub mod endings;
pub mod headers;
pub mod messages;
pub mod statuses;
