#![doc = include_str!("../README.md")]

pub mod carrier;
#[cfg(feature = "client")]
pub mod client;
pub mod server;
mod step;

#[cfg(feature = "client")]
pub use client::ClientTracing;
pub use server::Tracing;
