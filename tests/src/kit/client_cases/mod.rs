//! The cases for clients. Each is named by the rule that it checks.

pub mod attempts;
pub mod calls;
pub mod headers;
pub mod outcomes;
