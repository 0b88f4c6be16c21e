//! The cases. Each is named by the rule that it checks.

pub mod address;
pub mod bodies;
pub mod concurrency;
pub mod context;
pub mod endings;
pub mod handlers;
pub mod layers;
pub mod names;
pub mod rules;
pub mod statuses;
pub mod streams;
pub mod switches;
pub mod timeouts;
pub mod trust;
