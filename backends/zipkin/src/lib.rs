#![cfg_attr(feature = "http", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "http"),
    doc = "Zipkin for `tracer-recording`, without a sender."
)]

mod buffer;
mod config;
mod encoding;
mod exporter;
#[cfg(feature = "http")]
mod http;
mod json;
#[cfg(feature = "kafka")]
mod kafka;
mod kept;
mod list;
mod model;
#[cfg(any(feature = "kafka", feature = "rabbitmq"))]
mod net;
mod number;
mod proto;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
mod sender;

pub use config::ConfigError;
pub use encoding::{Encoding, UnknownEncoding};
pub use exporter::ZipkinExporter;
#[cfg(feature = "http")]
pub use http::{DEFAULT_ENDPOINT, HttpSender};
pub use json::JsonEncoder;
#[cfg(feature = "kafka")]
pub use kafka::KafkaSender;
pub use proto::Proto3Encoder;
#[cfg(feature = "rabbitmq")]
pub use rabbitmq::RabbitMqSender;
pub use sender::Sender;
