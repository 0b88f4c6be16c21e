//! The promises of a batch reporter, one test each.

mod own_thread;
mod pace;
mod parts;
mod support;
mod threads;
mod worker;
