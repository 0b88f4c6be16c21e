//! The promises of a batch reporter, one test each.

mod pace;
mod parts;
mod support;
mod threads;
mod worker;
