#![doc = include_str!("../README.md")]
#![expect(
    missing_debug_implementations,
    reason = "nobody prints the servers of a test kit"
)]

pub mod hops;
pub mod kit;
