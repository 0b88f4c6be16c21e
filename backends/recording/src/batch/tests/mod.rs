//! The promises of a batch reporter, one test each.

mod support;
mod threads;
mod worker;
