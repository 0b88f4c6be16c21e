//! The promises of a batch reporter, one test each.

mod parts;
mod support;
mod threads;
mod worker;
