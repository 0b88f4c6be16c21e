//! The server layer on real sockets, behind axum and hyper.
#![cfg(feature = "axum")]

mod bodies;
mod connections;
mod ends;
mod failures;
mod handlers;
mod http2;
mod names;
mod peers;
mod rules;
mod settings;
mod support;
mod within;
