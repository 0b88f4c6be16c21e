#![doc = include_str!("../README.md")]

pub mod carrier;
pub mod client;
pub mod server;
mod step;

pub use client::ClientTracing;
pub use server::Tracing;
