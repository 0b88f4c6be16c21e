#![doc = include_str!("../README.md")]

pub mod carrier;
pub mod server;

pub use server::Tracing;
