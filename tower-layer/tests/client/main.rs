//! The client layer round hyper-util's client and reqwest, against servers on real sockets.
#![cfg(feature = "axum")]

mod calls;
mod contexts;
mod ends;
mod facts;
#[cfg(feature = "reqwest")]
mod over_reqwest;
#[cfg(feature = "reqwest")]
mod reqwest_timeouts;
mod retry;
mod support;
