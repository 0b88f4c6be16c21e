//! The server layer on real sockets, behind axum and hyper.
#![cfg(feature = "axum")]

mod ends;
mod failures;
mod names;
mod support;
