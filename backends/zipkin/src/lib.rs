#![cfg_attr(feature = "http", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "http"),
    doc = "Zipkin for `tracer-recording`, without a sender."
)]

mod exporter;
#[cfg(feature = "http")]
mod http;
mod json;
mod sender;

pub use exporter::ZipkinExporter;
#[cfg(feature = "http")]
pub use http::{ConfigError, DEFAULT_ENDPOINT, HttpSender};
pub use json::JsonEncoder;
pub use sender::Sender;
