//! The conformance kit, and what the cross-framework tests share.

#![expect(
    missing_debug_implementations,
    reason = "nobody prints the servers of a test kit"
)]

pub mod hops;
pub mod kit;
