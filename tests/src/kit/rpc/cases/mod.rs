//! The cases for servers. Each is named by the rule that it checks.

pub mod cancels;
pub mod concurrency;
pub mod context;
pub mod deadlines;
pub mod handlers;
pub mod messages;
pub mod names;
pub mod odd;
pub mod statuses;
pub mod streams;
