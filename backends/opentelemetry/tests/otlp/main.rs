//! OTLP, received and decoded by a server of the test's.
#![cfg(feature = "otlp")]

mod decoded;
mod environment;
mod grpc;
mod http;
mod options;
mod partial;
mod receiver;
mod reporter;
#[path = "../support/server.rs"]
mod server;
