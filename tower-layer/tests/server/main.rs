//! The server layer on real sockets, behind axum and hyper.
#![cfg(feature = "axum")]

mod bodies;
mod ends;
mod failures;
mod names;
mod peers;
mod rules;
mod settings;
mod support;
