#![cfg_attr(feature = "http", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "http"),
    doc = "Zipkin for `tracer-recording`, without a sender."
)]

mod encoding;
mod exporter;
#[cfg(feature = "http")]
mod http;
mod json;
mod list;
mod model;
mod proto;
mod sender;

pub use encoding::{Encoding, UnknownEncoding};
pub use exporter::ZipkinExporter;
#[cfg(feature = "http")]
pub use http::{ConfigError, DEFAULT_ENDPOINT, HttpSender};
pub use json::JsonEncoder;
pub use proto::Proto3Encoder;
pub use sender::Sender;
