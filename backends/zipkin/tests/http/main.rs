//! What an upload looks like on the wire, and what is made of each answer.
#![cfg(feature = "http")]

mod early;
mod failures;
mod server;
mod statuses;
mod uploads;
